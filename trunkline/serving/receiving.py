"""Collect one connection's bytes until a whole request is there; no socket and no clock."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from trunkline.serving.framing import ChunkScanner, Head, find_head, is_blank


class Progress(Enum):
    """How far a connection's next request has come."""

    NOTHING = "nothing"
    HEAD = "part of its head"
    BODY = "its head and part of its body"
    WHOLE = "whole"
    HEAD_TOO_LARGE = "a head over the limit"
    BODY_TOO_LARGE = "a body over the limit, announced or come"
    WASTEFUL = "a body that is mostly the framing of its chunks"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that is received of one request.

    `body_limit` takes a path and a media type as they were sent and returns the most bytes that
    the service reads of such a body.
    """

    body_limit: Callable[[bytes, bytes], int]
    head_bytes: int = 64 << 10
    line_bytes: int = 4094


class Receiver:
    """The bytes of one connection that no request has used up yet."""

    __slots__ = ("_bounds", "_chunks", "data", "head", "limit")

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.data: bytes | bytearray = b""
        self.head: Head | None = None
        self._chunks: ChunkScanner | None = None
        self.limit = 0

    def feed(self, piece: bytes) -> Progress:
        """Add bytes that came and return how far the next request is."""
        if not self.data:
            self.data = piece
        elif isinstance(self.data, bytes):
            self.data = bytearray(self.data)
            self.data += piece
        else:
            self.data += piece
        return self.progress()

    def progress(self) -> Progress:
        """Return how far the next request is."""
        if self.head is None:
            if is_blank(self.data):
                return Progress.NOTHING
            self.head = find_head(self.data, self._bounds.line_bytes)
            size = len(self.data) if self.head is None else self.head.size
            if size > self._bounds.head_bytes and not (self.head and self.head.odd):
                return Progress.HEAD_TOO_LARGE
            if self.head is None:
                return Progress.HEAD
            self._begin_body(self.head)
        return self._body_progress(self.head)

    def take(self) -> bytes | bytearray:
        """Return all bytes, for the parser; put what it did not use back by `restart`."""
        data, self.data = self.data, b""
        return data

    def restart(self, rest: bytes) -> Progress:
        """Begin the next request with the bytes that the last one left."""
        self.data, self.head, self._chunks = rest, None, None
        return self.progress() if rest else Progress.NOTHING

    @property
    def needs(self) -> int:
        """Return the bytes that the request is known to need, come or not."""
        if self.head is None or self.head.length is None:
            return len(self.data)
        return max(len(self.data), self.head.size + self.head.length)

    @property
    def is_framed(self) -> bool:
        """Whether the request's end was found, not only given up on."""
        return self.head is not None and not self.head.odd

    def is_alone(self) -> bool:
        """Whether no byte has come beyond the whole request."""
        head = self.head
        return bool(head and not head.odd and head.length is not None) and self.needs == (
            head.size + head.length if head and head.length is not None else -1
        )

    def digest(self, most_bytes: int) -> int | None:
        """Return 64 bits that tell this request's path and body from others, by this process's key.

        None for one without a body, with one over `most_bytes`, or with bytes behind it.
        """
        head = self.head
        if head is None or not head.length or head.length > most_bytes or not self.is_alone():
            return None
        return hash((head.path, bytes(self.data[head.size :])))

    def _begin_body(self, head: Head) -> None:
        if head.odd or head.length == 0:
            return
        self.limit = self._bounds.body_limit(head.path, head.content_type)
        if head.length is None:
            self._chunks = ChunkScanner(head.size, self.limit)

    def _body_progress(self, head: Head) -> Progress:
        if head.odd or head.length == 0:
            return Progress.WHOLE
        if self._chunks is not None:
            self._chunks.scan(self.data)
            if self._chunks.decoded > self.limit:
                return Progress.BODY_TOO_LARGE
            if self._chunks.wasteful:
                return Progress.WASTEFUL
            return Progress.WHOLE if self._chunks.done else Progress.BODY
        length = head.length or 0
        if length > self.limit:
            return Progress.BODY_TOO_LARGE
        return Progress.WHOLE if len(self.data) >= head.size + length else Progress.BODY
