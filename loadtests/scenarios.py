"""The scenarios: how the load goes over a run, what its texts are, and what goes wrong in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from loadtests.corpus import Repeats
from loadtests.traffic import Mix

Event = Literal["head-swap", "embedder-loss"]


@dataclass(frozen=True)
class Stage:
    """A part of the run: `share` of its time at `level` times the run's rate (or users)."""

    share: float
    level: float


@dataclass(frozen=True)
class Scenario:
    """A run's course. `seconds` is its usual length; `warm` fills the cache first."""

    name: str
    why: str
    stages: tuple[Stage, ...] = (Stage(1.0, 1.0),)
    hit_ratio: float = 0.3
    seconds: int = 60
    warm: bool = True
    event: Event | None = None
    mix: Mix = field(default_factory=Mix)

    def level(self, at: float) -> float:
        """The level at `at`, a share of the run's time in 0..1."""
        passed = 0.0
        for stage in self.stages:
            passed += stage.share
            if at < passed:
                return stage.level
        return self.stages[-1].level

    def requests(self, hit_ratio: float | None = None, seed: int | None = None) -> Mix:
        """The run's mix, with another hit ratio or seed where given."""
        ratio = self.hit_ratio if hit_ratio is None else hit_ratio
        return Mix(
            Repeats.hitting(ratio), self.mix.raw, self.mix.batches, self.mix.batch_texts,
            self.mix.bad, self.mix.seed if seed is None else seed,
        )  # fmt: skip


def _steps(*levels: float) -> tuple[Stage, ...]:
    return tuple(Stage(1 / len(levels), level) for level in levels)


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
                 hit_ratio=0.9, seconds=600),
        Scenario("cold-cache", "no warm-up: as after a deployment", warm=False),
        Scenario("head-swap", "a head's version changes under load, again and again",
                 event="head-swap"),
        Scenario("embedder-loss", "the embedder is killed and comes back", event="embedder-loss"),
    )
}  # fmt: skip


def arrivals(scenario: Scenario, rate: float, seconds: float) -> Iterator[float]:
    """When requests are due, in seconds from the start: evenly spaced at each stage's rate."""
    due = 0.0
    while due < seconds:
        yield due
        level = scenario.level(due / seconds)
        due += 1 / (rate * level) if level * rate > 0 else math.inf
