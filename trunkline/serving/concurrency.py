"""Choose how many requests run at once from how long they take; no clock of its own."""

from typing import Protocol

_LEAST = 2
_LEAST_SHARE = 4  # a quarter of the threads work whatever happens
_WINDOW_S = 0.25
_LEAST_BASELINE_S = 0.01  # from which a rise by shares gets anywhere
_LONGEST_WINDOW_S = 4.0
_BASELINE_RISE = 1.25  # a window, at most


def least_limit(threads: int) -> int:
    """Return how many requests a worker of so many threads runs at once however slow they are."""
    return min(max(_LEAST, threads // _LEAST_SHARE), threads)


class Limit(Protocol):
    """How many requests may run at once."""

    value: int

    def ran(self, started: float, now: float, *, binding: bool) -> None:
        """Learn from one request that has run; `binding`: the limit kept others out meanwhile."""


class FixedLimit:
    """As many as there are threads, whatever happens."""

    def __init__(self, most: int) -> None:
        self.value = most

    def ran(self, started: float, now: float, *, binding: bool) -> None:
        """Learn nothing."""


class AdaptiveLimit:
    """At most `most` at once, fewer while each then takes longer than `target_s`.

    Beyond what saturates the service behind, more at once gain nothing and each only takes longer,
    in the end longer than callers wait. By Little's law a limit scaled by target over time brings
    the time to the target, so that is one step. Slow alone is not congested: the bound is also
    twice the time that requests take when few run. That baseline rises only at the least limit,
    slowly, and not above the target: there the time is not this worker's doing, but may be that of
    others which follow the same rule. A window is as long as slow requests take. Requests count by
    the time they held a place (the sum of squares over the sum), so that cached answers do not hide
    those that are slow.
    """

    def __init__(self, most: int, target_s: float, now: float) -> None:
        self._most = most
        self._least = least_limit(most)
        self._target_s = target_s
        self.value = most  # a burst, or a stall behind, is no overload
        self._baseline_s = target_s / 2
        self._changed_at = now
        self._last_s = 0.0
        self._binding = False
        self._begin_window(now)

    def ran(self, started: float, now: float, *, binding: bool) -> None:
        """See Limit; requests that began under another limit say nothing of this one."""
        if started >= self._changed_at:
            seconds = now - started
            self._count += 1
            self._sum += seconds
            self._squares += seconds * seconds
        self._binding = self._binding or binding
        elapsed = now - self._window_at
        least_s = min(max(_WINDOW_S, 1.5 * self._last_s), _LONGEST_WINDOW_S)
        enough = self._count >= self.value or elapsed >= 4 * least_s
        if self._count and elapsed >= least_s and enough:
            self._decide(self._squares / self._sum if self._sum else 0.0, now)

    @property
    def bound_s(self) -> float:
        """Return the time above which requests count as congested."""
        return max(self._target_s, 2 * self._baseline_s)

    def _decide(self, seconds: float, now: float) -> None:
        self._last_s = seconds
        self._learn_baseline(seconds)
        value = self.value
        if self._binding and seconds > self.bound_s:
            share = max(0.5, self.bound_s / seconds)
            value = max(self._least, min(int(value * share), value - 1))
        elif seconds < 0.75 * self.bound_s:
            value = min(self._most, value + (max(1, value // 4) if self._binding else 1))
        if value != self.value:
            self.value, self._changed_at = value, now
        self._begin_window(now)

    def _learn_baseline(self, seconds: float) -> None:
        """Remember the least time seen, and what few at once take."""
        rise = _BASELINE_RISE if self.value == self._least else 1.0
        raised_s = max(self._baseline_s * rise, _LEAST_BASELINE_S)
        self._baseline_s = min(seconds, raised_s, self._target_s)

    def _begin_window(self, now: float) -> None:
        self._window_at = now
        self._count, self._sum, self._squares = 0, 0.0, 0.0
        self._binding = False
