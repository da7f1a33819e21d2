"""Translates every error, the gateway's or another package's, into one GatewayError."""

from werkzeug.exceptions import HTTPException, MethodNotAllowed

from embedder.errors import EmbedderError
from gateway import errors
from gateway.inference.failure import problem_of


def translated(error: Exception) -> errors.GatewayError:
    """Return the problem that a caller sees for `error`; log an unexpected one."""
    if isinstance(error, errors.GatewayError):
        return error
    if isinstance(error, HTTPException):
        return _http(error)
    if isinstance(error, EmbedderError):
        return problem_of(error)
    return errors.internal(error)


def _http(error: HTTPException) -> errors.GatewayError:
    if isinstance(error, MethodNotAllowed):
        return errors.MethodNotAllowedError(sorted(error.valid_methods or ()))
    if error.code == 404:
        return errors.NotFoundError()
    if error.code is not None and error.code >= 500:
        # Flask's wrap around what a hook, or the answer to another error, raised.
        original = getattr(error, "original_exception", None)
        return errors.internal(original or error)
    return errors.BadRequestError()
