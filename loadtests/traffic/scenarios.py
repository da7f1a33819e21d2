"""Define the scenarios: load over a run's time, its texts, and what fails or changes in it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from loadtests.traffic.requests import Changes, Mix

Event = Literal["head-swap", "embedder-loss"]


@dataclass(frozen=True)
class Stage:
    """A part of the run: `share` of its time at `level` times the run's rate (or users)."""

    share: float
    level: float


@dataclass(frozen=True)
class Scenario:
    """A run's course. `seconds` is its usual length; `warm` fills the cache first.

    `settings` are the services' for this scenario; `flat`: memory may not grow.
    """

    name: str
    why: str
    stages: tuple[Stage, ...] = (Stage(1.0, 1.0),)
    hit_ratio: float = 0.3
    seconds: int = 60
    warm: bool = True
    event: Event | None = None
    flat: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    mix: Mix = field(default_factory=Mix)

    def level(self, at: float) -> float:
        """Return the level at `at`, a share of the run's time in 0..1."""
        passed = 0.0
        for stage in self.stages:
            passed += stage.share
            if at < passed:
                return stage.level
        return self.stages[-1].level

    def requests(self, changes: Changes | None = None) -> Mix:
        """Return the run's mix: the scenario's with its hit ratio, then with the run's changes."""
        mix = Changes(hit_ratio=self.hit_ratio).apply_to(self.mix)
        return changes.apply_to(mix) if changes else mix

    def spans(self) -> Iterator[tuple[float, float, float]]:
        """Yield each stage as start, end (shares of the run's time) and level."""
        begun = 0.0
        for stage in self.stages:
            yield begun, begun + stage.share, stage.level
            begun += stage.share


def _steps(*levels: float) -> tuple[Stage, ...]:
    return tuple(Stage(1 / len(levels), level) for level in levels)


# Full within the first third, so that what grows later is no cache. The embeddings of the key
# space fit in; of finished answers only the frequent ones do, and the others are embedding hits.
SMALL_CACHES = {
    "EMBEDDER_CACHE_MAXSIZE_BYTES": str(14 << 20),
    "GATEWAY_ANSWER_CACHE_BYTES": str(4 << 20),
    "GATEWAY_CLEAN_CACHE_BYTES": str(1 << 20),
}

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("steady", "one rate throughout"),
        Scenario(
            "peak", "a working day's climb: latency against load",
            _steps(0.25, 0.5, 0.75, 1.0, 1.25, 1.5), seconds=90,
        ),
        Scenario("spike", "four times the rate for a tenth of the time, then back",
                 (Stage(0.45, 0.5), Stage(0.1, 2.0), Stage(0.45, 0.5))),
        Scenario("soak", "long, mostly repeats: memory stays flat, nothing fails",
                 hit_ratio=0.9, seconds=600, flat=True, settings=SMALL_CACHES),
        Scenario("cold-cache", "no warm-up: as after a deployment", warm=False),
        Scenario("head-swap", "a head's version changes under load, again and again",
                 event="head-swap"),
        Scenario("embedder-loss", "the embedder is killed and comes back", event="embedder-loss"),
    )
}  # fmt: skip


def arrivals(scenario: Scenario, rate: float, seconds: float) -> Iterator[float]:
    """Yield when requests are due, in seconds from the start, evenly spaced at a stage's rate."""
    due = 0.0
    while due < seconds:
        yield due
        level = scenario.level(due / seconds)
        due += 1 / (rate * level) if level * rate > 0 else math.inf
