"""Lets few large messages at once into a worker, so that its memory stays bounded."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Request

from gateway.api import body
from gateway.config import Settings
from gateway.errors import BodyTooLargeError, LargeBodiesBusyError


class LargeBodies:
    """Reads messages of up to `max_raw_bytes`; at most `large_bodies` large ones at once.

    Large is what exceeds the limit of any other body of one email; one of unknown length is large
    once it goes on beyond that. Thread-safe.
    """

    def __init__(self, settings: Settings) -> None:
        self._usual_bytes = settings.max_body_bytes
        self._limit_bytes = max(settings.max_raw_bytes, settings.max_body_bytes)
        self._at_once = settings.large_bodies
        self._slots = threading.BoundedSemaphore(settings.large_bodies)

    @contextmanager
    def read(self, request: Request) -> Iterator[bytes]:
        """Yield the whole message; a large one keeps its place until the block ends.

        Raises LargeBodiesBusyError where all places are taken, and what `body.read` raises.
        """
        announced = request.content_length
        if announced is not None and announced > self._limit_bytes:
            raise BodyTooLargeError(self._limit_bytes)
        is_large = announced is not None and announced > self._usual_bytes
        begin = b"" if is_large else body.read_begin(request, self._usual_bytes)
        if not is_large and len(begin) <= self._usual_bytes:
            yield begin
            return
        if not self._slots.acquire(blocking=False):
            raise LargeBodiesBusyError(self._usual_bytes, self._at_once)
        try:
            yield body.read(request, self._limit_bytes, begin=begin)
        finally:
            self._slots.release()
