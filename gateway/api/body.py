"""Reads a request's body within its limits, before anything parses it."""

import contextlib
import io
import socket
import struct
from collections.abc import Sequence

from flask import Request

from gateway.errors import (
    BadRequestError,
    BodyTooLargeError,
    ContentEncodingError,
    MediaTypeError,
)

JSON = "application/json"
MESSAGE = "message/rfc822"
_DISCARD_BYTES = 32 << 20
_PIECE_BYTES = 64 << 10
_SILENCE_S = 1


def media_type(request: Request, accepted: Sequence[str]) -> str:
    """Return the body's media type; raise MediaTypeError unless it is one of `accepted`."""
    kind = request.mimetype
    if kind not in accepted:
        raise MediaTypeError(accepted)
    return kind


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


def discard_rest(request: Request) -> None:
    """Read what a refused caller still sends, up to a bound, and throw it away.

    Call it once the answer is sent: who waits for the answer before it sends anything must not wait
    for this. Without it the server would break the connection, and a caller in the middle of its
    body might never see why it was refused. One that is silent for a second has seen it.
    """
    connection = request.environ.get("gunicorn.socket")
    limit = _limit_silence(connection, struct.pack("ll", _SILENCE_S, 0))
    left = _DISCARD_BYTES
    try:
        while left > 0:
            piece = len(_read(request, min(left, _PIECE_BYTES)))
            if piece == 0:
                break
            left -= piece
    except BadRequestError:
        _stop_reading(connection)
    _limit_silence(connection, limit)


def _limit_silence(connection: socket.socket | None, limit: bytes) -> bytes:
    """Set how long a read waits (a C `timeval`) and return what it was."""
    if connection is None or not limit:
        return b""
    try:
        before = connection.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, len(limit))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    except OSError:  # closed by now
        return b""
    return before


def _stop_reading(connection: socket.socket | None) -> None:
    """Let nobody wait again for the rest; the server sees the end and closes the connection."""
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RD)


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
