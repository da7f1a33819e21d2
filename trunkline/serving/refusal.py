"""The requests that never reach the application: why, and the problem document they are answered.

Nothing that was sent is repeated: no request line, no name of a header, no value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from gunicorn.http import errors as http  # type: ignore[import-untyped]
from pydantic_core import to_json

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A problem (RFC 9457) of the door's own; `members` go into the document beside the usual."""

    status: int
    code: str
    title: str
    detail: str = ""
    retry_after_s: int | None = None
    members: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document and the response headers that belong to it, besides length and connection."""

    content: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", PROBLEM_TYPE),)


Render = Callable[[Refusal, bytes], Rendered]
"""Writes a refusal as the service words its problems; takes the head that was received, too."""

_TOO_LARGE = Refusal(
    431,
    "headers_too_large",
    "The request's head is too large",
    "A request may have 100 headers, 8190 bytes each, and 64 KiB with its first line.",
)
_FAILED = Refusal(500, "internal", "Internal error")
MALFORMED = Refusal(400, "bad_request", "The request cannot be read")
HEAD_TOO_LARGE = _TOO_LARGE
TIMED_OUT = Refusal(
    408, "request_timeout", "The request did not come in time", "Send a request without pauses."
)
_TOO_LONG = Refusal(
    414,
    "uri_too_long",
    "The request line is too long",
    "Method, path and query may have 4094 bytes; what is longer belongs into the body.",
)
_BAD_LINE = replace(MALFORMED, detail="The first line is not that of an HTTP/1.1 request.")
_BAD_NAME = replace(
    MALFORMED, detail="The name of a header is empty, or holds a space or another forbidden sign."
)
_BAD_HEADER = replace(MALFORMED, detail="A header has a form or a value that HTTP/1.1 forbids.")
# The first class that fits decides.
_OF_ERROR: tuple[tuple[type[Exception], Refusal], ...] = (
    (http.LimitRequestLine, _TOO_LONG),
    (http.LimitRequestHeaders, _TOO_LARGE),
    (http.ExpectationFailed, Refusal(417, "expectation_failed", "This expectation is not met")),
    (
        http.UnsupportedTransferCoding,
        Refusal(501, "transfer_coding_unsupported", "The transfer coding is not supported"),
    ),
    (http.ForbiddenProxyRequest, Refusal(403, "forbidden", "The request is forbidden")),
    (http.ConfigurationProblem, _FAILED),
    (http.InvalidResponseHeader, _FAILED),
    (http.InvalidResponseHeaderName, _FAILED),
    (http.InvalidRequestLine, _BAD_LINE),
    (http.InvalidHeaderName, _BAD_NAME),
    (http.InvalidHeader, _BAD_HEADER),
    (http.ObsoleteFolding, _BAD_HEADER),
    (http.ParseException, MALFORMED),
    (http.NoMoreData, MALFORMED),  # what looked odd to the poller, and is not even complete
)


def of_error(error: BaseException) -> Refusal:
    """Return the refusal of a request that the parser or the application failed on."""
    return next((refusal for kind, refusal in _OF_ERROR if isinstance(error, kind)), _FAILED)


def overloaded(retry_after_s: int) -> Refusal:
    """Return the refusal of a request that nobody has time for."""
    return Refusal(
        503,
        "overloaded",
        "The service is overloaded",
        "More is asked than can be answered in time; come back after Retry-After.",
        retry_after_s,
    )


def body_too_large(limit_bytes: int) -> Refusal:
    """Return the refusal of a body over the service's limit."""
    return Refusal(
        413,
        "body_too_large",
        "The body is too large",
        f"The body may have at most {limit_bytes} bytes.",
        members={"field": "body", "limit": limit_bytes},
    )


def plain(refusal: Refusal, _head: bytes) -> Rendered:
    """Write the document with the members that every problem has."""
    return Rendered(to_json(document(refusal, "about:blank")))


def document(refusal: Refusal, kind: str) -> dict[str, int | str]:
    """Return the problem document of this `type`."""
    return {
        "type": kind,
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail or f"{refusal.title}.",
        "code": refusal.code,
        **refusal.members,
    }


def response(refusal: Refusal, rendered: Rendered, *, close: bool) -> bytes:
    """Return the whole response as it goes to the peer."""
    lines = [
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}",
        *(f"{name}: {value}" for name, value in rendered.headers),
        f"Content-Length: {len(rendered.content)}",
        f"Connection: {'close' if close else 'keep-alive'}",
    ]
    if refusal.retry_after_s is not None:
        lines.append(f"Retry-After: {refusal.retry_after_s}")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + rendered.content
