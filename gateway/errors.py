"""The errors that end a request: one tree with stable codes, each an RFC 9457 problem document."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from trunkline.logs import whereabouts
from trunkline.spelling import nearest

log = structlog.get_logger("gateway")

PROBLEM_TYPE = "application/problem+json"
_GUESSED = 3  # names to compare with all heads, however many were asked for
_HEADS_HINT = "GET /v1/heads lists them"


@dataclass(frozen=True)
class FieldError:
    """One field that is wrong: where it stands, a stable code, what would be right, its limit."""

    field: str
    code: str
    message: str
    limit: int | None = None


class GatewayError(Exception):
    """A failure with an HTTP status, a stable `code` and a text that never repeats input."""

    status = 500
    code = "internal"
    title = "Internal error"
    advice = ""  # what a caller may do about it, where no detail says more

    def __init__(self, detail: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(self.code)
        self.detail = detail
        self.retry_after_s = retry_after_s

    def members(self) -> Mapping[str, Any]:
        """Return the members that this kind of problem adds to the standard ones."""
        return {}

    def headers(self) -> dict[str, str]:
        """Return the response headers that belong to this failure."""
        if self.retry_after_s is None:
            return {}
        return {"Retry-After": str(max(1, round(self.retry_after_s + 0.499)))}

    def problem(self, request_id: str) -> dict[str, Any]:
        """Return the RFC 9457 document; `id` is the request it answers."""
        return {
            "type": f"urn:trunkline:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.advice or self.title + ".",
            "code": self.code,
            "id": request_id,
            **self.members(),
        }


class InvalidJsonError(GatewayError):
    """The body is not JSON."""

    status, code, title = 400, "invalid_json", "The body is not valid JSON"


class InvalidTimeoutError(GatewayError):
    """The timeout header is not a positive whole number."""

    status, code, title = 400, "invalid_timeout", "The request timeout is not valid"

    def __init__(self, limit_ms: int) -> None:
        super().__init__(
            f"X-Request-Timeout-Ms must be a whole number of milliseconds from 1 to {limit_ms}."
        )


class BodyTooLargeError(GatewayError):
    """The body has more bytes than the gateway reads."""

    status, code, title = 413, "body_too_large", "The body is too large"

    def __init__(self, limit_bytes: int, message_bytes: int | None = None) -> None:
        """Name the limit, and that of messages sent as they are where it is higher."""
        higher = message_bytes is not None and message_bytes > limit_bytes
        beside = f" As message/rfc822 an email may have {message_bytes}." if higher else ""
        super().__init__(f"The body may have at most {limit_bytes} bytes.{beside}")
        self.limit_bytes = limit_bytes

    def members(self) -> Mapping[str, Any]:
        """Name the limit."""
        return {"field": "body", "limit": self.limit_bytes}


class ContentEncodingError(GatewayError):
    """The body is compressed; the gateway unpacks nothing."""

    status, code = 415, "content_encoding_unsupported"
    title = "Compressed bodies are not accepted"

    def __init__(self) -> None:
        super().__init__("Send the body without Content-Encoding.")


class MediaTypeError(GatewayError):
    """The body's media type is not one this route reads."""

    status, code, title = 415, "media_type_unsupported", "The media type is not supported"

    def __init__(self, accepted: Sequence[str]) -> None:
        super().__init__(f"Content-Type must be {' or '.join(accepted)}.")


class ValidationFailedError(GatewayError):
    """Well-formed JSON that does not fit the schema."""

    status, code, title = 422, "validation_failed", "The request does not fit the schema"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in errors[:3]))
        self.errors = tuple(errors)

    def members(self) -> Mapping[str, Any]:
        """List every field that is wrong."""
        return {"errors": self.errors}


class UnknownHeadError(ValidationFailedError):
    """Heads were asked for that production does not serve."""

    code, title = "unknown_head", "A head is not known"

    def __init__(self, names: Sequence[str], served: Collection[str] = ()) -> None:
        """Name each, the first of them with the one of `served` that may have been meant."""
        compared = [served if index < _GUESSED else () for index in range(len(names))]
        meant = map(nearest, names, compared)
        hints = [f"did you mean {name!r}?" if name else _HEADS_HINT for name in meant]
        messages = [f"no head {name!r}; {hint}" for name, hint in zip(names, hints, strict=True)]
        super().__init__([FieldError("heads", self.code, message) for message in messages])


class ItemRefusedError(GatewayError):
    """The embedder refused this text alone; its code and message name the limit."""

    status, title = 422, "The text cannot be embedded"

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class NotFoundError(GatewayError):
    """No such route."""

    status, code, title = 404, "not_found", "There is nothing here"
    advice = "No such route; /docs shows all there are, /openapi.json lists them for machines."


class MethodNotAllowedError(GatewayError):
    """The route exists, not with this method."""

    status, code, title = 405, "method_not_allowed", "The method is not allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"Use {' or '.join(allowed)}." if allowed else "")
        self.allowed = tuple(allowed)

    def headers(self) -> dict[str, str]:
        """Name the methods that are allowed, as HTTP demands."""
        return {"Allow": ", ".join(self.allowed)}


class BadRequestError(GatewayError):
    """HTTP that cannot be read."""

    status, code, title = 400, "bad_request", "The request cannot be read"


class OverloadedError(GatewayError):
    """The embedder's queue is full."""

    status, code, title = 503, "overloaded", "The service is overloaded"


class EmbedderUnavailableError(GatewayError):
    """The embedder cannot be reached, or is starting or draining."""

    status, code, title = 503, "embedder_unavailable", "The embedder is away"


class LargeBodiesBusyError(GatewayError):
    """As many large messages as a worker reads at once are being read."""

    status, code, title = 503, "large_bodies_busy", "Too many large messages at once"

    def __init__(self, usual_bytes: int, at_once: int) -> None:
        super().__init__(
            f"At most {at_once} bodies over {usual_bytes} bytes are read at once.",
            retry_after_s=1.0,
        )
        self.at_once = at_once

    def members(self) -> Mapping[str, Any]:
        """Name the limit."""
        return {"field": "body", "limit": self.at_once}


class LogFullError(GatewayError):
    """The prediction log has no room, and no answer may go unrecorded."""

    status, code, title = 503, "log_full", "The prediction log is full"


class HeadsUnavailableError(GatewayError):
    """No head set has been seen yet, so there is nothing to ask."""

    status, code, title = 503, "heads_unavailable", "No heads are served"


class EncoderChangedError(GatewayError):
    """The encoder was replaced twice while one request ran."""

    status, code, title = 503, "encoder_changed", "The encoder is being replaced"


class DeadlineExceededError(GatewayError):
    """The request's time is over."""

    status, code, title = 504, "deadline_exceeded", "The deadline has passed"
    advice = (
        "The answer was not ready within the request's timeout; the header X-Request-Timeout-Ms "
        "asks for more time."
    )


class CallerGoneError(GatewayError):
    """The caller has closed its connection; nobody sees this but log and metrics."""

    status, code, title = 499, "caller_gone", "The caller has gone"


class InternalError(GatewayError):
    """Anything else; says nothing more on purpose."""


def internal(error: BaseException) -> InternalError:
    """Log where an unexpected error came from and return the problem that its caller sees."""
    log.error("internal_error", **whereabouts(error))
    return InternalError()
