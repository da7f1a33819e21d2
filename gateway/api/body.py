"""Reads a request's body within its limits, before anything parses it."""

import io
from collections.abc import Sequence

from flask import Request

from gateway.api.json_values import refuse_many_values
from gateway.api.query import refuse_unknown
from gateway.errors import (
    BadRequestError,
    BodyTooLargeError,
    ContentEncodingError,
    MediaTypeError,
)

JSON = "application/json"
MESSAGE = "message/rfc822"


def media_type(request: Request, accepted: Sequence[str]) -> str:
    """Return the body's media type; raise MediaTypeError unless it is one of `accepted`."""
    kind = request.mimetype
    if kind not in accepted:
        raise MediaTypeError(accepted)
    return kind


def read_json(request: Request, limit_bytes: int, message_bytes: int | None = None) -> bytes:
    """Return a body of JSON as it is, of a request that has no query.

    Raises as `read` does, MediaTypeError for another type, and ValidationFailedError for a query or
    more values than any request has use for.
    """
    media_type(request, [JSON])
    refuse_unknown()
    content = read(request, limit_bytes, message_bytes)
    refuse_many_values(content)
    return content


def read(
    request: Request, limit_bytes: int, message_bytes: int | None = None, *, begin: bytes = b""
) -> bytes:
    """Return the whole body of at most `limit_bytes`.

    A longer one raises BodyTooLargeError, at once where its length was announced; a compressed
    one raises ContentEncodingError: unpacking is where small bodies become large ones. One that
    ends early raises BadRequestError. `message_bytes` is what a message sent as it is may have;
    `begin` was read of it before.
    """
    announced = request.content_length
    if announced is not None and announced > limit_bytes:
        _refuse_compressed(request)
        raise BodyTooLargeError(limit_bytes, message_bytes)
    content = begin + read_begin(request, limit_bytes - len(begin))
    if len(content) > limit_bytes:
        raise BodyTooLargeError(limit_bytes, message_bytes)
    return content


def read_begin(request: Request, size: int) -> bytes:
    """Return the whole of a body of announced length, else what comes up to one byte over `size`.

    Raises ContentEncodingError and BadRequestError as `read` does.
    """
    _refuse_compressed(request)
    announced = request.content_length
    content = _read(request, size + 1 if announced is None else announced)
    if announced is not None and len(content) < announced:
        raise BadRequestError
    return content


def _refuse_compressed(request: Request) -> None:
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise ContentEncodingError


def _read(request: Request, size: int) -> bytes:
    # The stream itself, not werkzeug's limit on it: that one cuts a chunked body at the limit
    # and hands out the part as if it were the whole.
    if request.content_length is None and not request.environ.get("wsgi.input_terminated"):
        return b""
    try:
        content: bytes = request.environ["wsgi.input"].read(size)
    except Exception:
        # The caller went away or stopped, or its chunks make no sense: gunicorn's errors for that
        # are no OSErrors, and their messages quote the body.
        request.environ["wsgi.input"] = io.BytesIO()  # the rest is of no use
        raise BadRequestError from None
    return content
