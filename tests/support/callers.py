"""Callers that ask a gateway all the time, and keep which version of a head answered what."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import urllib3

from tests.support.waiting import WAIT_S

_CALLERS = 4
_SETTLED = 20  # answers in a row
_SAME = "What would it cost?"  # asked again and again: caches answer it
_TOLERANCE = 1e-3


class Callers:
    """What became of every request of some callers to one head of one gateway.

    `first_answers`: by version, when it answered first, in seconds since the epoch.
    """

    def __init__(self, url: str, head: str) -> None:
        self._url, self._head = f"{url}/v1/classify", head
        self._lock = threading.Lock()
        self._last = [deque[str](maxlen=_SETTLED) for _ in range(_CALLERS)]
        self._same: dict[str, float] = {}
        self.stop = threading.Event()
        self.failures: list[str] = []
        self.first_answers: dict[str, float] = {}
        self.count = 0

    @property
    def versions(self) -> set[str]:
        """Return every version that has answered."""
        return set(self.first_answers)

    def settled_on(self, version: str) -> bool:
        """Whether each caller's last answers, some from caches, are of this version alone."""
        with self._lock:
            return all(list(last) == [version] * _SETTLED for last in self._last)

    def ask(self, caller: int) -> None:
        """Ask until told to stop: every other text is one that was never asked before."""
        with urllib3.PoolManager(retries=False, timeout=WAIT_S) as pool:
            for number in itertools.count():
                if self.stop.is_set():
                    return
                text = f"Let us talk on {caller} {number}?" if number % 2 else _SAME
                self._ask(pool, caller, text)

    def _ask(self, pool: urllib3.PoolManager, caller: int, text: str) -> None:
        try:
            reply = pool.request("POST", self._url, json={"text": text, "heads": [self._head]})
            answer = json.loads(reply.data)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            self._note_failure(f"{type(error).__name__}: {error}")
            return
        head = answer.get("heads", {}).get(self._head, {})
        if reply.status != 200 or head.get("status") != "ok":
            self._note_failure(f"{reply.status}: {reply.data[:300]!r}")
        else:
            self._note(caller, text, head["version"], max(head["scores"].values()))

    def _note(self, caller: int, text: str, version: str, score: float) -> None:
        with self._lock:
            self.count += 1
            self._last[caller].append(version)
            self.first_answers.setdefault(version, time.time())
            if text == _SAME and abs(self._same.setdefault(version, score) - score) > _TOLERANCE:
                self.failures.append(f"version {version} gives one text two scores")

    def _note_failure(self, failure: str) -> None:
        with self._lock:
            self.count += 1
            self.failures.append(failure)


@contextmanager
def calling(url: str, head: str) -> Iterator[Callers]:
    """Let callers ask for the head, each one request after the other, until the block ends."""
    callers = Callers(url, head)
    threads = [threading.Thread(target=callers.ask, args=(number,)) for number in range(_CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield callers
    finally:
        callers.stop.set()
        for thread in threads:
            thread.join()
