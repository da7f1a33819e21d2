"""Models of what `/v1/embeddings` and `/v1/models` take and answer, in OpenAI's shape."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from gateway.api.field_reports import validation_problem
from gateway.api.request_models import MAX_BATCH_ITEMS, MAX_TEXT_CHARS
from gateway.api.response_models import Shape
from gateway.errors import ValidationFailedError
from gateway.inference.vector_errors import InputRefusedError

_MAX_NAME_CHARS = 256
_INPUT_SCHEMA = {
    "anyOf": [
        {"type": "string", "minLength": 1, "maxLength": MAX_TEXT_CHARS},
        {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": MAX_TEXT_CHARS},
            "minItems": 1,
            "maxItems": MAX_BATCH_ITEMS,
        },
    ]
}


def _as_list(value: Any) -> Any:
    """Make a list of a lone text; refuse tokens, which belong to a tokenizer of somebody else."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise ValueError("must be a string or a list of strings")
    if any(type(entry) in (int, list) for entry in value):
        raise PydanticCustomError(
            "token_arrays_unsupported",
            "token arrays are not taken, their numbers belong to another tokenizer: send the texts",
        )
    return value


def _with_words(text: str) -> str:
    if not text or text.isspace():
        raise PydanticCustomError("text_empty", "must not be empty")
    return text


def _without_dimensions(value: Any) -> None:
    if value is not None:
        raise PydanticCustomError(
            "dimensions_unsupported",
            "leave it out: the encoder was not trained for shorter vectors, cut ones mislead",
        )


_Text = Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARS), AfterValidator(_with_words)]
_Texts = Annotated[
    list[_Text],
    Field(min_length=1, max_length=MAX_BATCH_ITEMS),
    BeforeValidator(_as_list),
    WithJsonSchema(_INPUT_SCHEMA),
]


class EmbeddingsRequest(BaseModel):
    """Up to 256 texts, and the model to embed them with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: _Texts = Field(description="a text, or a list of texts; they are embedded as they are")
    model: Annotated[str, StringConstraints(max_length=_MAX_NAME_CHARS)] = Field(
        description="an id of `/v1/models`: the mean of its last layer; a view may follow, as in "
        "`all-MiniLM-L6-v2-replies:mean@3`"
    )
    encoding_format: Literal["float", "base64"] | None = Field(
        "float", description="numbers (where it is left out), or base64 of little-endian float32"
    )
    dimensions: Annotated[
        None, BeforeValidator(_without_dimensions), WithJsonSchema({"type": "null"})
    ] = Field(None, description="not taken: vectors have the encoder's own length")
    user: str | None = Field(None, description="ignored")


class VectorShape(Shape):
    """One text's vector, of length one."""

    object: Literal["embedding"]
    index: int = Field(description="which text of `input`")
    embedding: list[float] | str
    truncated: bool = Field(description="whether the encoder read a part of the text only")


class UsageShape(Shape):
    """Tokens that the encoder read of all texts; both are the same."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsShape(Shape):
    """The texts' vectors in the order of the request."""

    object: Literal["list"]
    data: list[VectorShape]
    model: str
    usage: UsageShape
    fingerprint: str = Field(
        description="the encoder's identity: compare vectors only under the same one"
    )


class ModelShape(Shape):
    """One model that texts can be embedded with."""

    id: str
    object: Literal["model"]
    created: int = Field(description="always 0: it is not known")
    owned_by: str
    fingerprint: str
    views: list[str] = Field(description="what may follow the id after a colon")


class ModelsShape(Shape):
    """The models that texts can be embedded with, one an encoder."""

    object: Literal["list"]
    data: list[ModelShape]


def read_embeddings(body: bytes) -> EmbeddingsRequest:
    """Parse a request's JSON; raise InvalidJsonError or InputRefusedError."""
    try:
        return EmbeddingsRequest.model_validate_json(body)
    except ValidationError as error:
        problem = validation_problem(error, EmbeddingsRequest, body)
        if isinstance(problem, ValidationFailedError):
            raise InputRefusedError(problem.errors) from None
        raise problem from None
