"""Decides when a candidate must go: its last answers against the bounds in head.toml."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from heads.policy import Bounds


@dataclass(frozen=True, slots=True)
class Observation:
    """One request that the candidate was asked: how it did, and production on the same email.

    `error`: it gave no scores. The other three are for when it did; `disagreed` and
    `production_abstained` are None where production was not asked.
    """

    error: bool
    abstained: bool = False
    disagreed: bool | None = None
    production_abstained: bool | None = None


class CanaryWatch:
    """Counts over the last `bounds.window` requests of one candidate version; not thread-safe.

    A bound is broken once its count is above its share of a *whole* window. So a broken
    candidate goes after a few requests, and a sound one never goes for a few answers.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._seen: deque[tuple[int, int, int, int]] = deque()
        self._counts = [0, 0, 0, 0]

    @property
    def requests(self) -> int:
        """Count the requests in the window."""
        return len(self._seen)

    def observe(self, observation: Observation) -> str | None:
        """Count one request; return the reason why the candidate must go, or None."""
        if len(self._seen) >= self.bounds.window:
            self._add(self._seen.popleft(), -1)
        counts = _counted(observation)
        self._seen.append(counts)
        self._add(counts, 1)
        return self.broken()

    def broken(self) -> str | None:
        """Name the first bound that the window breaks, in words; None if there is none."""
        bounds, (errors, disagreed, abstained, rise) = self.bounds, self._counts
        for what, count, share in (
            ("errors", errors, bounds.error_rate),
            ("disagreements with production", disagreed, bounds.disagreement),
            ("abstentions", abstained, bounds.abstain_rate),
            ("abstentions beyond production's", rise, bounds.abstain_rise),
        ):
            if count > share * bounds.window:
                return (
                    f"{count} {what} in the last {self.requests} requests; "
                    f"{share:g} of {bounds.window} are allowed"
                )
        return None

    def _add(self, counts: tuple[int, int, int, int], sign: int) -> None:
        for index, value in enumerate(counts):
            self._counts[index] += sign * value


def _counted(observation: Observation) -> tuple[int, int, int, int]:
    if observation.error:
        return (1, 0, 0, 0)
    compared = observation.production_abstained is not None
    rise = (
        int(observation.abstained) - int(bool(observation.production_abstained)) if compared else 0
    )
    return (0, int(bool(observation.disagreed)), int(observation.abstained), rise)
