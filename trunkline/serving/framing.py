"""Find where a request ends in the bytes that have come; no socket and no clock.

This decides only when a request is whole. What it means, and which bytes were its, is for
gunicorn's parser to say: whatever looks odd here counts as whole, so that the parser refuses it.
"""

import re
from typing import NamedTuple

_END = b"\r\n\r\n"
_FIELD = re.compile(
    rb"\r\n(content-length|transfer-encoding|content-type|connection|expect"
    rb"|x-request-timeout-ms)[ \t]*:[ \t]*([^\r\n]*)",
    re.IGNORECASE,
)
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
_LONGEST_SIZE_LINE = 4096
_LONGEST_TRAILERS = 16_384
_LONGEST_TIMEOUT = 9  # digits
_FREE_OVERHEAD = 64 << 10  # bytes of framing that any body may have
_OVERHEAD_SHARE = 8  # and this part of its content besides


class Head(NamedTuple):
    """What of a request's head decides how its bytes are received and how long it may wait.

    `size` counts its bytes with the empty line; `length` is the body's, None where it is chunked.
    An `odd` head has nothing else that may be relied on.
    """

    size: int
    odd: bool = False
    method: bytes = b""
    target: bytes = b""
    length: int | None = 0
    content_type: bytes = b""
    expects_continue: bool = False
    keeps: bool = True
    timeout_ms: int | None = None

    @property
    def path(self) -> bytes:
        """Return the target without its query."""
        return self.target.partition(b"?")[0]


def find_head(data: bytes | bytearray, longest_line: int) -> Head | None:
    """Return the head that `data` begins with, None while it is incomplete.

    One that can never become a head is odd: a request line over `longest_line` bytes, or a line
    that ends without a carriage return.
    """
    end = data.find(_END)
    if end < 0:
        hopeless = data.count(b"\n") != data.count(b"\r\n") or (
            len(data) > longest_line + 2 and data.find(b"\r\n", 2) < 0
        )
        return Head(len(data), odd=True) if hopeless else None
    return _read_head(bytes(data[:end]), end + len(_END))


def is_blank(data: bytes | bytearray) -> bool:
    """Whether nothing has come but the empty line that some clients send after a body."""
    return len(data) <= 2 and b"\r\n".startswith(data)


def _read_head(head: bytes, size: int) -> Head:
    begin = 2 if head.startswith(b"\r\n") else 0
    line_end = head.find(b"\r\n", begin)
    line = head[begin:] if line_end < 0 else head[begin:line_end]
    words = line.split(b" ")
    if len(words) != 3:
        return Head(size, odd=True)
    method, target, version = words
    length: int | None = 0
    content_type, expects, keeps, timeout_ms, framed = b"", False, version != b"HTTP/1.0", None, 0
    for name, value in _FIELD.findall(head, begin):
        match name.lower():
            case b"content-length":
                framed += 1
                text = value.rstrip()
                length = int(text) if text.isdigit() and len(text) < 16 else -1
            case b"transfer-encoding":
                framed += 1
                length = None if value.strip().lower() == b"chunked" else -1
            case b"content-type":
                content_type = value
            case b"connection":
                keeps = b"close" not in value.lower() and (keeps or b"keep-alive" in value.lower())
            case b"expect":
                expects = value.strip().lower() == b"100-continue" and version == b"HTTP/1.1"
            case _:
                timeout_ms = _timeout_ms(value.strip())
    if framed > 1 or length == -1:
        return Head(size, odd=True)
    return Head(size, False, method, target, length, content_type, expects, keeps, timeout_ms)


def _timeout_ms(text: bytes) -> int | None:
    """Return a caller's time-out; None where the service will refuse it."""
    return int(text) if text.isdigit() and len(text) <= _LONGEST_TIMEOUT else None


class ChunkScanner:
    """Follows a chunked body as it comes, from byte `at` of the buffer on.

    `decoded` counts the bytes of content seen announced. `done` once the last trailer line is
    there, where the chunks make no sense, where they announce more than `limit`, or where they are
    `wasteful`: a body of tiny chunks costs far more time than its size pays for.
    """

    def __init__(self, at: int, limit: int) -> None:
        self._begin = at
        self._at = at
        self._limit = limit
        self._in_trailers = False
        self.decoded = 0
        self.done = False
        self.wasteful = False

    def scan(self, data: bytes | bytearray) -> None:
        """Go on as far as `data` allows."""
        while not self.done and self._step(data):
            pass

    @property
    def position(self) -> int:
        """Return how many bytes must have come for the next step to be worth trying."""
        return self._at

    def _step(self, data: bytes | bytearray) -> bool:
        """Take one size line, or the trailers; return whether more may follow in `data`."""
        if self._at >= len(data):
            return False
        if self._in_trailers:
            return self._end_trailers(data)
        end = data.find(b"\r\n", self._at, self._at + _LONGEST_SIZE_LINE)
        if end < 0:
            self.done = len(data) - self._at >= _LONGEST_SIZE_LINE or b"\n" in data[self._at :]
            return False
        line = _SIZE_LINE.fullmatch(bytes(data[self._at : end]))
        if line is None:
            self.done = True
            return False
        size = int(line[1], 16)
        self.decoded += size
        self._in_trailers = size == 0
        self._at = end + 2 if size == 0 else end + 2 + size + 2
        if size and self._at <= len(data) and data[self._at - 2 : self._at] != b"\r\n":
            self.done = True
        overhead = self._at - self._begin - self.decoded
        self.wasteful = overhead > _FREE_OVERHEAD + self.decoded // _OVERHEAD_SHARE
        self.done = self.done or self.wasteful or self.decoded > self._limit
        return True

    def _end_trailers(self, data: bytes | bytearray) -> bool:
        if data[self._at : self._at + 2] == b"\r\n":
            self.done = True
            return False
        rest = bytes(data[self._at : self._at + _LONGEST_TRAILERS])
        bare = rest.count(b"\n") != rest.count(b"\r\n")
        self.done = _END in rest or bare or len(rest) >= _LONGEST_TRAILERS
        return False
