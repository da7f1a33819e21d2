"""A sizing's order and its results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loadtests.sizing.caching import CachePoint
from loadtests.sizing.deployment import Deployment
from loadtests.sizing.measure import Level
from loadtests.sizing.model import Check, Model
from loadtests.sizing.search import Search


@dataclass(frozen=True)
class Order:
    """The order for a sizing: a rate, a limit on p95, the traffic, and the minutes it may take."""

    slo_p95_ms: float
    rate: float
    hit_ratio: float
    heads: int
    minutes: float
    environment: str
    log: Path | None = None

    @property
    def command(self) -> str:
        """The command line that asks for this."""
        return (
            f"python -m loadtests size --slo-p95-ms {self.slo_p95_ms:g} --rate {self.rate:g} "
            f"--hit-ratio {self.hit_ratio:g} --heads {self.heads} --minutes {self.minutes:g}"
        )


@dataclass(frozen=True)
class Sized:
    """All results of one sizing."""

    order: Order
    search: Search
    levels: tuple[Level, Level, Level]  # quiet, busy, held back
    model: Model
    checks: tuple[Check, ...]
    caches: Mapping[str, list[CachePoint]]
    cache: CachePoint
    deployment: Deployment
    variables: Mapping[str, int]
    load_average: tuple[float, float]
    fleet: tuple[str, ...] = ()  # what the simulation says, where one machine is not enough
