"""Model one machine as a queue: learn it from two levels of load, check it against a third."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loadtests.sizing.measure import Level
from loadtests.sizing.queueing import Station, percentile_ms


@dataclass(frozen=True)
class Model:
    """All processes share the cores: one station whose work a request falls as batches grow.

    `base_s` are latencies at the quiet level, `quiet_cpu_s` and `busy_cpu_s` the CPU seconds a
    request at the quiet and at the closed-loop level, `busy_rate` the rate of the latter.
    """

    base_s: tuple[float, ...]
    quiet_rate: float
    quiet_cpu_s: float
    busy_rate: float
    busy_cpu_s: float
    cores: int
    scv: float

    def station(self, rate: float) -> Station:
        """Describe the machine at `rate`: CPU a request is interpolated between the two levels."""
        span = self.busy_rate - self.quiet_rate
        share = min(1.0, max(0.0, (rate - self.quiet_rate) / span)) if span > 0 else 1.0
        cpu = self.quiet_cpu_s + share * (self.busy_cpu_s - self.quiet_cpu_s)
        # What a saturated machine did not spend on requests is lost to them.
        lost = self.cores / (self.busy_rate * self.busy_cpu_s)
        return Station("machine", cpu * max(1.0, lost), self.cores, self.scv)

    def percentile_ms(self, rate: float, percent: float) -> float:
        """Predict latency at an even `rate`, as it is measured; infinite at saturation."""
        return percentile_ms(self.base_s, [self.station(rate)], rate, percent, arrivals_scv=0.0)


@dataclass(frozen=True)
class Check:
    """A measurement that the model did not learn from, beside its prediction."""

    rate: float
    percent: float
    predicted_ms: float
    measured_ms: float

    @property
    def error(self) -> float:
        """Prediction over measurement, less one: +0.2 is 20 % too high."""
        return self.predicted_ms / self.measured_ms - 1 if self.measured_ms else float("inf")


def learn(quiet: Level, busy: Level, cores: int) -> Model:
    """Learn the model from a quiet open-loop level and a closed-loop one."""
    base = np.asarray(quiet.run.latencies_s)
    scv = float(np.var(base) / np.mean(base) ** 2)
    return Model(
        quiet.run.latencies_s, quiet.offered, quiet.total_cpu_s,
        busy.run.rate, busy.total_cpu_s, cores, scv,
    )  # fmt: skip


def check(model: Model, held_back: Level, percents: Sequence[float] = (50, 95)) -> list[Check]:
    """Compare the model with a level that it has not learnt from."""
    rate = held_back.offered
    return [
        Check(rate, p, model.percentile_ms(rate, p), held_back.run.percentile_ms(p))
        for p in percents
    ]
