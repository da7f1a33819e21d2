"""A worker's watch for erasures: has its caches, and the embedders', forget what was erased."""

import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from gateway.prediction_log.purges import Purge, digests_of, read_notice
from gateway.prediction_log.sealing import Keys
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway.prediction_log")

LOOK_S = 0.5
_EXPIRE_S = 60.0
_RETRY_S = 1.0
_GIVE_UP_S = 300.0


class Caches(Protocol):
    """The caches of a worker and of its embedders; None stands for all that they hold."""

    def forget(self, digests: Collection[bytes] | None) -> None:
        """Drop what has these digests from the worker's own caches."""

    def forget_in_embedders(self, digests: Collection[bytes] | None) -> None:
        """Drop it from every embedder's; raise where one did not answer, the others having."""

    def expire(self) -> None:
        """Drop what the worker has held for too long."""


@dataclass
class _Attempts:
    """When embedders were first asked, when they are asked again, and how long after that."""

    first: float
    following: float
    wait_s: float = _RETRY_S


class ForgetWatch:
    """Follows a folder's notices; embedders that did not answer are asked again, less and less.

    Without a folder it only has the caches expire every minute.
    """

    def __init__(self, folder: Path | None, keys: Keys | None, caches: Caches) -> None:
        self._folder = folder
        self._keys = keys
        self._caches = caches
        self._done: set[str] = set()
        self._attempts: dict[str, _Attempts] = {}
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
        """Carry out what is new or due again, at monotonic time `now`."""
        purges = read_notice(self._folder) if self._folder is not None else ()
        for purge in purges:
            if purge.id not in self._done:
                self._carry_out(purge, now)
        self._done &= {purge.id for purge in purges}
        if now >= self._next_expiry:
            self._next_expiry = now + _EXPIRE_S
            self._caches.expire()

    def _carry_out(self, purge: Purge, now: float) -> None:
        attempts = self._attempts.get(purge.id)
        digests = digests_of(purge, self._keys)
        if attempts is None:
            attempts = self._attempts[purge.id] = _Attempts(now, now)
            self._caches.forget(digests)
        if now < attempts.following:
            return
        try:
            self._caches.forget_in_embedders(digests)
        except Exception as error:
            attempts.following, attempts.wait_s = now + attempts.wait_s, attempts.wait_s * 2
            if now - attempts.first < _GIVE_UP_S:
                return
            # One that is away so long has lost its cache, or holds it until its bound.
            log.error("caches_not_emptied", **whereabouts(error))
        self._done.add(purge.id)
        del self._attempts[purge.id]

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                self.look(time.monotonic())
            except Exception as error:
                log.error("forget_watch_failed", **whereabouts(error))
