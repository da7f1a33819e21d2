"""Repeats an act in a daemon thread that outlives what the act raises."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from trunkline.logs import whereabouts

log = structlog.get_logger("trunkline")


class Background:
    """Repeats `act` with pauses of `interval_s()` seconds, once `ensure` has found a thread for it.

    What the act raises is logged once in a row, by type and place, and does not end it.
    """

    def __init__(self, name: str, act: Callable[[], None], interval_s: Callable[[], float]) -> None:
        self._name = name
        self._act = act
        self._interval_s = interval_s
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._started = False

    def ensure(self) -> None:
        """Start the thread, unless it runs; where no thread is left, the next call tries again."""
        if self._started:
            return
        with self._lock:
            if self._started or self._stopped.is_set():
                return
            try:
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
            except RuntimeError as error:
                log.warning("no_thread_left", thread=self._name, error=str(error))
                return
            self._started = True

    def stop(self) -> None:
        """End the thread after what it is doing; wait for nothing."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether it was stopped."""
        return self._stopped.is_set()

    def _run(self) -> None:
        fails = False
        while not self._stopped.is_set():
            try:
                self._act()
                fails = False
            except Exception as error:
                if not fails:
                    log.error("background_failed", thread=self._name, **whereabouts(error))
                fails = True
            self._stopped.wait(self._interval_s())
