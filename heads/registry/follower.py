"""Repeats looks at a catalog in a thread of its own, sooner for requests that want one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

LEAST_BETWEEN_LOOKS_S: Final = 0.05
"""Looks that requests want begin so long after the last one began, and all share the next."""
PATIENCE_S: Final = 0.9
"""A request waits so long for a look at most; less where its caller gives up before."""
HUNG_S: Final = 5.0
"""Nobody waits for a look that has lasted longer: the catalog does not answer."""


class Follower:
    """Calls `look`, which must not raise, every `interval_s` in a daemon thread; thread-safe.

    Requests never look themselves: however many want a look, one is under way, and what they wait
    for it is bounded. So a catalog that hangs holds one thread, not those that answer.
    """

    def __init__(self, look: Callable[[], None], interval_s: float) -> None:
        self._look = look
        self._interval_s = interval_s
        self._stopped = threading.Event()
        self._wanted = threading.Event()  # the thread is to look now
        self._ended = threading.Condition()  # a look ended; guards the numbers
        self._begun = self._finished = 0
        self._goal = 0  # the number of the look that somebody waits for
        self._begun_at = 0.0
        self._thread: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        """Whether the thread looks."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin to look; call it once."""
        self._thread = threading.Thread(target=self._run, name="heads-registry", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the look under way, and wait for that a while."""
        self._stopped.set()
        self._wanted.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(timeout=5)

    def wake(self) -> None:
        """Have the thread look now, unless it does already; wait for nothing."""
        self._wanted.set()

    def await_look(
        self, patience_s: float = PATIENCE_S, is_enough: Callable[[], bool] | None = None
    ) -> bool:
        """Wait for a look that begins from now on, or until `is_enough` after the one under way.

        Returns False where that has not come about in `patience_s`, or where a look hangs.
        """
        with self._ended:
            looking = self._begun > self._finished
            if looking and time.monotonic() - self._begun_at > HUNG_S:
                return False
            goal = self._begun + 1
            self._goal = max(self._goal, goal)
            self._wanted.set()

            def is_over() -> bool:
                return self._finished >= goal or (is_enough is not None and is_enough())

            return self._ended.wait_for(is_over, min(patience_s, PATIENCE_S))

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wanted.wait(self._interval_s)
            if self._goal > self._finished:
                self._stopped.wait(self._begun_at + LEAST_BETWEEN_LOOKS_S - time.monotonic())
            if not self._stopped.is_set():
                self._look_once()

    def _look_once(self) -> None:
        with self._ended:
            self._begun += 1
            self._begun_at = time.monotonic()
        try:
            self._look()
        finally:
            with self._ended:
                self._finished = self._begun
                # What was wanted meanwhile was just done, but for those who wait for a later look.
                if self._goal <= self._finished:
                    self._wanted.clear()
                self._ended.notify_all()
