"""The errors of requests for vectors; their statuses are those that OpenAI's clients know."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import GatewayError, ValidationFailedError


class ModelNotFoundError(GatewayError):
    """No encoder is called so, or it has no such view; the text names those that there are."""

    status, code, title = 404, "model_not_found", "The model is not served"

    def members(self) -> Mapping[str, Any]:
        """Name the field."""
        return {"field": "model"}


class InputRefusedError(ValidationFailedError):
    """A request for vectors that does not fit the schema, or whose texts cannot be embedded.

    400 where other routes say 422: OpenAI's clients raise their BadRequestError for that alone.
    """

    status = 400
