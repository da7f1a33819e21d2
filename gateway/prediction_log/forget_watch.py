"""A worker's watch for erasures: has its caches, and the embedders', forget what was erased."""

import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

import structlog

from gateway.prediction_log.purges import digests_of, read_notice
from gateway.prediction_log.sealing import Keys
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway.prediction_log")

Forget = Callable[[Collection[bytes] | None], None]
"""Drops digests from every cache, all for None; raises where one of them did not answer."""
_LOOK_S = 0.5
_EXPIRE_S = 60.0
_RETRY_S = 300.0


class ForgetWatch:
    """Follows a folder's notices; each is carried out, and again where a cache did not answer.

    Without a folder it only has `expire` called every minute.
    """

    def __init__(
        self, folder: Path | None, keys: Keys | None, forget: Forget, expire: Callable[[], None]
    ) -> None:
        self._folder = folder
        self._keys = keys
        self._forget = forget
        self._expire = expire
        self._done: set[str] = set()
        self._first_tried: dict[str, float] = {}
        self._next_expiry = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forget-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching and wait for the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self, now: float) -> None:
        """Carry out what is new, at monotonic time `now`."""
        purges = read_notice(self._folder) if self._folder is not None else ()
        for purge in purges:
            if purge.id not in self._done:
                self._carry_out(purge.id, digests_of(purge, self._keys), now)
        listed = {purge.id for purge in purges}
        self._done &= listed
        if now >= self._next_expiry:
            self._next_expiry = now + _EXPIRE_S
            self._expire()

    def _carry_out(self, purge_id: str, digests: Collection[bytes] | None, now: float) -> None:
        first = self._first_tried.setdefault(purge_id, now)
        try:
            self._forget(digests)
        except Exception as error:
            if now - first < _RETRY_S:
                return
            # An embedder that is away so long has lost its cache, or holds it until its bound.
            log.error("caches_not_emptied", **whereabouts(error))
        self._done.add(purge_id)
        del self._first_tried[purge_id]

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            try:
                self.look(time.monotonic())
            except Exception as error:
                log.error("forget_watch_failed", **whereabouts(error))
