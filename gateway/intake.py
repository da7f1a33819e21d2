"""Reads a request's body within its limits, before anything looks into it."""

from collections.abc import Sequence

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from gateway.errors import BodyTooLargeError, ContentEncodingError, MediaTypeError

JSON = "application/json"
MESSAGE = "message/rfc822"


def media_type(request: Request, accepted: Sequence[str]) -> str:
    """Return the body's media type; raise MediaTypeError unless it is one of `accepted`."""
    found = request.mimetype
    if found not in accepted:
        raise MediaTypeError(accepted)
    return found


def body(request: Request, limit_bytes: int) -> bytes:
    """Return the whole body of at most `limit_bytes`.

    A longer one raises BodyTooLargeError, at once where its length was announced; a compressed
    one raises ContentEncodingError: unpacking is where small bodies become large ones.
    """
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise ContentEncodingError
    if (request.content_length or 0) > limit_bytes:
        raise BodyTooLargeError(limit_bytes)
    request.max_content_length = limit_bytes
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise BodyTooLargeError(limit_bytes) from None
