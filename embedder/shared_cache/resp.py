"""Commands and replies of Redis' protocol, version 2: the few kinds that a cache meets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

MAX_BULK_BYTES: Final = 1 << 20
_MAX_ITEMS: Final = 1 << 16
_MAX_LINE_BYTES: Final = 1 << 12
_NEWLINE: Final = b"\r\n"


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """The server refused a command; `code` is the first word of its reason, such as OOM."""

    code: str


Reply: TypeAlias = "bytes | int | ErrorReply | list[Reply] | None"


class ProtocolError(Exception):
    """The server sent what is no reply: the connection is of no further use."""


class _IncompleteError(Exception):
    """The rest of a reply has not come yet."""


def encode(*parts: bytes) -> bytes:
    """Write a command and its arguments."""
    body = b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)
    return b"*%d\r\n%b" % (len(parts), body)


class Parser:
    """Cuts a stream of bytes into replies."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Yield the replies that are complete with `data`. Raises ProtocolError."""
        buffer = self._buffer + data if self._buffer else data
        position = 0
        try:
            while position < len(buffer):
                reply, position = _reply(buffer, position, nested=False)
                yield reply
        except _IncompleteError:
            pass
        self._buffer = buffer[position:]


def _reply(buffer: bytes, start: int, *, nested: bool) -> tuple[Reply, int]:
    end = buffer.find(_NEWLINE, start)
    if end < 0:
        if len(buffer) - start > _MAX_LINE_BYTES:
            raise ProtocolError("a line without an end")
        raise _IncompleteError
    kind, line, position = buffer[start : start + 1], buffer[start + 1 : end], end + 2
    if kind == b"$":
        return _bulk(buffer, position, _number(line, MAX_BULK_BYTES))
    if kind == b"*":
        return _array(buffer, position, _number(line, _MAX_ITEMS), nested=nested)
    if kind == b"+":
        return line, position
    if kind == b"-":
        return ErrorReply(line.split(b" ", 1)[0].decode("ascii", "replace")), position
    if kind == b":":
        return _number(line, 1 << 62), position
    raise ProtocolError("a reply of no known kind")


def _bulk(buffer: bytes, position: int, size: int) -> tuple[Reply, int]:
    if size < 0:
        return None, position
    end = position + size
    if len(buffer) < end + 2:
        raise _IncompleteError
    if buffer[end : end + 2] != _NEWLINE:
        raise ProtocolError("a string longer than its size")
    return buffer[position:end], end + 2


def _array(buffer: bytes, position: int, size: int, *, nested: bool) -> tuple[Reply, int]:
    if size < 0:
        return None, position
    items: list[Reply] = []
    for _ in range(size):
        if nested and buffer[position : position + 1] == b"*":
            raise ProtocolError("lists within lists of a list")
        item, position = _reply(buffer, position, nested=True)
        items.append(item)
    return items, position


def _number(line: bytes, most: int) -> int:
    try:
        number = int(line)
    except ValueError:
        raise ProtocolError("not a number") from None
    if not -1 <= number <= most:
        raise ProtocolError("a number out of bounds")
    return number
