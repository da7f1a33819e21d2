"""Lets few large bodies at once into a worker, so that its memory stays bounded."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Request

from gateway.api import body
from gateway.config import Settings
from gateway.errors import LargeBodiesBusyError


class LargeBodies:
    """Reads messages and batches; at most `large_bodies` large ones at once.

    Large is what exceeds the limit of one email in JSON; a body of unknown length is large once it
    goes on beyond that. Thread-safe.
    """

    def __init__(self, settings: Settings) -> None:
        self._usual_bytes = settings.max_body_bytes
        self._message_bytes = max(settings.max_raw_bytes, settings.max_body_bytes)
        self._at_once = settings.large_bodies
        self._slots = threading.BoundedSemaphore(settings.large_bodies)

    @contextmanager
    def read(self, request: Request, limit_bytes: int | None = None) -> Iterator[bytes]:
        """Yield the whole body; a large one keeps its place until the block ends.

        It may have `limit_bytes`, by default those of an email sent as it is. Raises
        LargeBodiesBusyError where all places are taken, and what `body.read` raises.
        """
        limit_bytes = self._message_bytes if limit_bytes is None else limit_bytes
        announced = request.content_length
        if announced is not None and announced > limit_bytes:
            body.read(request, limit_bytes)  # which refuses it
        usual_bytes = min(self._usual_bytes, limit_bytes)
        is_large = announced is not None and announced > usual_bytes
        begin = b"" if is_large else body.read_begin(request, usual_bytes)
        if not is_large and len(begin) <= usual_bytes:
            yield begin
            return
        if not self._slots.acquire(blocking=False):
            raise LargeBodiesBusyError(self._usual_bytes, self._at_once)
        try:
            yield body.read(request, limit_bytes, begin=begin)
        finally:
            self._slots.release()
