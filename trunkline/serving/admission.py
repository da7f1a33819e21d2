"""Decide which whole request runs, waits or is refused; takes values and times, holds no socket."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Generic, Literal, TypeVar

from trunkline.serving.concurrency import Limit

T = TypeVar("T")
Reason = Literal["queue_full", "waited", "deadline"]


class Verdict(Enum):
    """What becomes of a request that has just become whole."""

    RUN = "a place is free: it holds one now"
    WAIT = "it waits for a place"
    FULL = "as many wait as may"


@dataclass(frozen=True, slots=True)
class WaitBounds:
    """How many requests may wait, how long, and how long while a queue stands.

    A queue that has not been empty for `longest_s` is no burst but an overload: waiting longer
    serves nobody then, so the bound falls to `standing_s` (as CoDel's does).
    """

    most: int
    longest_s: float
    standing_s: float


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[T]):
    item: T
    since: float
    deadline: float


class Admission(Generic[T]):
    """First come, first served, at most `limit.value` at once. For one thread at a time."""

    def __init__(self, limit: Limit, bounds: WaitBounds, now: float) -> None:
        self._limit = limit
        self._bounds = bounds
        self._queue: deque[_Waiting[T]] = deque()
        self._empty_at = now
        self.in_flight = 0

    @property
    def waiting(self) -> int:
        """Return how many requests wait."""
        return len(self._queue)

    @property
    def limit(self) -> int:
        """Return how many may run at once now."""
        return self._limit.value

    def arrive(self, item: T, now: float, deadline: float = inf) -> Verdict:
        """Take a whole request; with RUN it holds a place until `leave`.

        One that is late already need not wait in vain: `deadline` counts only while it waits.
        """
        if self.run_at_once():
            return Verdict.RUN
        if len(self._queue) >= self._bounds.most:
            return Verdict.FULL
        if not self._queue:
            self._empty_at = now
        self._queue.append(_Waiting(item, now, deadline if deadline > now else inf))
        return Verdict.WAIT

    def run_at_once(self) -> bool:
        """Take a place if nobody else wants one; return whether there was one."""
        if self._queue or self.in_flight >= self._limit.value:
            return False
        self.in_flight += 1
        return True

    def leave(self, started: float, now: float) -> None:
        """Give back the place of a request that ran from `started` to `now`."""
        self.in_flight -= 1
        self._limit.ran(started, now, binding=bool(self._queue))

    def give_back(self) -> None:
        """Give back the place of a request that did not run."""
        self.in_flight -= 1

    def next(self, now: float) -> tuple[T, float] | None:
        """Return who runs next and since when it waits; it holds a place. None where nobody may.

        What has waited too long stays for `overdue`.
        """
        if self.in_flight >= self._limit.value:
            return None
        for index, waiting in enumerate(self._queue):
            if self._reason(waiting, now) is None:
                del self._queue[index]
                self._note_empty(now)
                self.in_flight += 1
                return waiting.item, waiting.since
        return None

    def overdue(self, now: float) -> list[tuple[T, float, Reason]]:
        """Take out and return what has waited too long, since when, and why it is refused."""
        late = [(w, reason) for w in self._queue if (reason := self._reason(w, now)) is not None]
        if late:
            gone = {id(waiting) for waiting, _ in late}
            self._queue = deque(w for w in self._queue if id(w) not in gone)
            self._note_empty(now)
        return [(waiting.item, waiting.since, reason) for waiting, reason in late]

    def next_overdue(self, now: float) -> float:
        """Return in how many seconds the next that waits is overdue; infinity where nobody does."""
        if not self._queue:
            return inf
        bound = self._bound_s(now)
        due = min(min(w.since + bound, w.deadline) for w in self._queue)
        stands_at = self._empty_at + self._bounds.longest_s
        if now < stands_at:
            due = min(due, stands_at)
        return max(0.0, due - now)

    def _reason(self, waiting: _Waiting[T], now: float) -> Reason | None:
        if now >= waiting.deadline:
            return "deadline"
        return "waited" if now - waiting.since >= self._bound_s(now) else None

    def _bound_s(self, now: float) -> float:
        standing = now - self._empty_at >= self._bounds.longest_s
        return self._bounds.standing_s if standing else self._bounds.longest_s

    def _note_empty(self, now: float) -> None:
        if not self._queue:
            self._empty_at = now
