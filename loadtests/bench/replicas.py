"""Teach the simulation what this machine costs, and check it against points it has not seen."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embedder.cost import CostModel, padded_length
from loadtests.clients.grpc_spread import Call, Spread
from loadtests.measurement.percentiles import percentile_ms
from loadtests.simulation.replica import Costs
from loadtests.simulation.trace import Arrival
from loadtests.simulation.world import Plan, World
from loadtests.stack.catalogs import production_views
from loadtests.stack.embedders import embedders
from loadtests.stack.machine import machine
from loadtests.traffic.corpus import Repeats, TextStream

SEED = 20261129
KEYS = 300
HIT_RATIO = 0.3
CALL_S = 0.0003  # CPU of the loop thread a call (embedder/README.md)
_SUMS = (
    "embedder_encode_duration_seconds_sum",
    "embedder_encode_duration_seconds_count",
    "embedder_batch_padded_tokens_sum",
)


@dataclass(frozen=True)
class Point:
    """One measured level: calls with their texts, on so many replicas."""

    name: str
    replicas: int
    texts: Sequence[str]
    calls: Sequence[Call]

    def percentile_ms(self, percent: float) -> float:
        """Return the latency that `percent` of the calls stayed under."""
        return percentile_ms([call.latency_s for call in self.calls], percent)

    def arrivals(self) -> list[Arrival]:
        """Return the calls as the simulation's arrivals: the same texts at the same times."""
        keys = {text: number for number, text in enumerate(dict.fromkeys(self.texts))}
        return [
            Arrival(call.at_s, keys[text], call.tokens)
            for text, call in zip(self.texts, self.calls, strict=True)
        ]


@dataclass(frozen=True)
class Check:
    """A percentile of a measured point beside the simulation's; `learnt`: the model has seen it."""

    point: str
    percent: float
    measured_ms: float
    simulated_ms: float
    learnt: bool

    @property
    def error(self) -> float:
        """Simulation over measurement, less one."""
        return self.simulated_ms / self.measured_ms - 1


@dataclass(frozen=True)
class Calibration:
    """What was learnt, and how well it predicts."""

    costs: Costs
    checks: tuple[Check, ...]

    @property
    def error(self) -> float:
        """The largest error, by amount, of what was held back."""
        return max(abs(check.error) for check in self.checks if not check.learnt)


def calibrate(rate: float, seconds: float, show: Callable[[str], None]) -> Calibration:
    """Learn from one replica at a tenth of `rate` and at `rate`; check it with two at 1.5 `rate`.

    The 1-replica level between them and the 2-replica one are held back.
    """
    with embedders(1) as fleet:
        quiet = level(fleet.targets, "1 replica, quiet", rate * 0.15, seconds, 1)
        middle = level(fleet.targets, "1 replica, middle", rate * 0.6, seconds, 2)
        before = fleet.totals(*_SUMS)
        busy = level(fleet.targets, "1 replica, busy", rate, seconds, 3)
        sums = [now - then for now, then in zip(fleet.totals(*_SUMS), before, strict=True)]
        costs = learn(quiet, fleet.cost(), sums)
    with embedders(2) as fleet:
        two = level(fleet.targets, "2 replicas, held back", rate * 1.5, seconds, 4)
    checks = []
    for point, learnt in ((quiet, True), (busy, True), (middle, False), (two, False)):
        checks += compare(point, costs, learnt=learnt)
        show("\n".join(map(line_of, checks[-2:])))
    return Calibration(costs, tuple(checks))


def learn(quiet: Point, batch: CostModel, sums: Sequence[float]) -> Costs:
    """Learn from a quiet level's calls and a busy level's sums of encoder seconds and batches.

    `batch` is the embedder's own model, measured while nothing else ran: it is scaled to what its
    batches took. Seconds of calls that are neither wait nor forward are the way there and back.
    """
    misses = [call for call in quiet.calls if call.path == "miss"]
    lengths = np.array([padded_length(call.tokens) for call in misses], dtype=float)
    times = np.array([call.encoded_s * 1e3 for call in misses])
    slope = max(0.0, float(np.polyfit(lengths, times, 1)[0])) if len(set(lengths)) > 1 else 0.0
    alone = CostModel(max(0.1, float(np.median(times - slope * lengths))), slope, 0.0)
    encoder_s, batches, padded = sums
    expected_ms = batch.a * batches + batch.b * padded
    scale = encoder_s * 1e3 / expected_ms
    scaled = CostModel(batch.a * scale, batch.b * scale, batch.c * scale)
    return Costs(CALL_S, wire_of(quiet), scaled, alone, streams=1, views=len(production_views()))


def wire_of(quiet: Point) -> float:
    """Return the seconds to an embedder and back: what is neither wait nor forward nor its loop."""
    rest = [call.latency_s - call.waited_s - call.encoded_s for call in quiet.calls]
    return max(0.0, float(np.median(rest)) - CALL_S)


def write(calibration: Calibration, folder: Path) -> Path:
    """Keep a calibration as the newest of its kind; return its path."""
    about = machine()
    path = folder / f"simulation-{about['date']}.json"
    content = {
        "machine": about, "costs": asdict(calibration.costs),
        "checks": [asdict(check) | {"error": check.error} for check in calibration.checks],
        "error": calibration.error,
    }  # fmt: skip
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def costs_of(content: Mapping[str, Any]) -> Costs:
    """Read the costs of a kept calibration."""
    costs = dict(content["costs"])
    batch, alone = CostModel(**costs.pop("batch")), CostModel(**costs.pop("alone"))
    return Costs(batch=batch, alone=alone, **costs)


def level(targets: Sequence[str], name: str, rate: float, seconds: float, seed: int) -> Point:
    """Send texts to embedders in turn, evenly spaced, and keep the calls."""
    stream = TextStream(Repeats.with_hit_ratio(HIT_RATIO, KEYS), SEED + seed)
    texts = [text.words for text in itertools.islice(stream, max(20, round(rate * seconds)))]
    return Point(name, len(targets), texts, Spread(targets, production_views()).run(texts, rate))


def compare(point: Point, costs: Costs, *, learnt: bool) -> list[Check]:
    """Simulate a point's own texts at its own times; return p50 and p95, measured and so."""
    plan = Plan(point.replicas, costs, policy="in turn")
    outcome = World(plan).run(point.arrivals())
    return [
        Check(point.name, p, point.percentile_ms(p), outcome.percentile_ms(p), learnt)
        for p in (50.0, 95.0)
    ]


def line_of(check: Check) -> str:
    """Put a check into words."""
    return (
        f"{check.point}: p{check.percent:g} {check.measured_ms:.1f} ms measured, "
        f"{check.simulated_ms:.1f} simulated, error {check.error:+.0%}"
        + (" (learnt from)" if check.learnt else "")
    )
