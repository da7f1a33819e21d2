"""The simulation's time: events in their order, and nothing between them."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class Clock:
    """A queue of events; `now` is the time of the one that runs, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, time_s: float, event: Callable[[], None]) -> None:
        """Run `event` at a time that is not past; those of one time run in order of asking."""
        heapq.heappush(self._events, (time_s, next(self._order), event))

    def run(self) -> None:
        """Run events until none is left."""
        while self._events:
            self.now, _, event = heapq.heappop(self._events)
            event()
