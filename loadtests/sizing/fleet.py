"""Plan embedders beyond one machine by simulation: how many of which kind, and what they cost."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embedder.cost import CostModel
from loadtests.bench.replicas import costs_of
from loadtests.reports.tables import table_row
from loadtests.simulation.replica import Costs
from loadtests.simulation.routing import POLICIES
from loadtests.simulation.trace import Trace
from loadtests.simulation.world import Outcome, Plan, simulate
from loadtests.sizing.deployment import HERE, read_prices
from loadtests.traffic.corpus import Repeats

MOST_REPLICAS = 64
KEYS = 50_000
SEED = 20261129
LEAST_TEXTS, TEXTS_A_REPLICA, WARM_TEXTS = 3_000, 150, 20_000
STEADY = 0.8  # share of a stream's or a loop thread's time; above it a longer run might not keep up
TASK_GB = 4.0
_FULL, _TOKENS = 16, 64  # texts of a well filled batch, and tokens of the usual one
# Nobody has measured this: an L4 at 40 % of 121 TFLOP/s in fp16 on MiniLM's 21 MFLOP a token, and
# 1 ms for a forward at all.
_ASSUMED_GPU = CostModel(a=1.0, b=0.00045, c=0.0)


@dataclass(frozen=True)
class Kind:
    """A kind of replica: what its work takes, its dollars an hour, and whether that is measured."""

    name: str
    costs: Costs
    per_hour: float
    measured: bool


@dataclass(frozen=True)
class Fleet:
    """The fewest replicas of a kind that keep to the limit, as simulated; its dollars an hour."""

    kind: Kind
    replicas: int
    shared_cache: bool
    outcome: Outcome
    per_hour: float
    stream_busy: float  # by batches of 16: streams that run small ones have more to give
    loop_busy: float

    def per_million(self, rate: float) -> float:
        """Return the dollars for a million emails at `rate` a second."""
        return self.per_hour / (rate * 3600) * 1e6


def kinds(costs: Costs) -> tuple[Kind, Kind]:
    """Return a CPU task of two vCPU, each as fast as a core that was measured, and a GPU."""
    prices, others = read_prices(), other_prices()
    task_hour = 2 * prices.vcpu_hour + TASK_GB * prices.gb_hour
    gpu = replace(costs, batch=_ASSUMED_GPU, alone=_ASSUMED_GPU, streams=1)
    return (
        Kind("CPU, 2 vCPU", replace(costs, streams=2), task_hour, measured=True),
        Kind("GPU, g6.xlarge", gpu, others["gpu_hour"], measured=False),
    )


def other_prices(path: Path = HERE / "prices.toml") -> Mapping[str, float]:
    """Return the dollars of what is no Fargate task: a GPU's hour, a shared cache, functions."""
    prices: Mapping[str, float] = tomllib.loads(path.read_text(encoding="utf-8"))["others"]
    return prices


def smallest(
    kind: Kind, rate: float, limit_ms: float, hit_ratio: float, *, shared_cache: bool = False,
    least: int = 2,
) -> Fleet | None:  # fmt: skip
    """Find the fewest replicas, `least` or more, whose simulated p95 keeps to the limit.

    None where MOST_REPLICAS do not. More replicas are taken to be faster: they are, but for noise.
    """
    best: Fleet | None = None
    low, high = least, least
    while high <= MOST_REPLICAS:
        best = _fleet(kind, high, rate, hit_ratio, shared_cache=shared_cache)
        if _keeps(best, limit_ms):
            break
        low, high = high + 1, high * 2
    if best is None or not _keeps(best, limit_ms):
        return None
    while low < best.replicas:
        middle = (low + best.replicas) // 2
        tried = _fleet(kind, middle, rate, hit_ratio, shared_cache=shared_cache)
        if _keeps(tried, limit_ms):
            best = tried
        else:
            low = middle + 1
    return best


def table(
    costs: Costs, rates: tuple[float, ...], limit_ms: float, hit_ratio: float
) -> Iterator[str]:
    """Yield the lines of a Markdown table: each rate and kind, with and without a shared cache."""
    yield (
        "| emails/s | kind | shared cache | replicas | p95 ms | hits | forwards "
        "| busy: streams / loop | $ a million |"
    )
    yield "|---:|---|---|---:|---:|---:|---:|---:|---:|"
    for rate in rates:
        for kind in kinds(costs):
            for shared in (False, True):
                fleet = smallest(kind, rate, limit_ms, hit_ratio, shared_cache=shared)
                yield _row(rate, kind, fleet, shared_cache=shared)


def policies(costs: Costs, rate: float, hit_ratio: float) -> Iterator[str]:
    """Yield a Markdown table: how many texts cost a forward, by how calls are spread.

    `rate` is that of each replica; the last column spreads them as the gateways do.
    """
    yield table_row(["replicas", *POLICIES, "least busy, shared cache"])
    yield "|---:|---:|---:|---:|---:|"
    for replicas in (1, 4, 16, MOST_REPLICAS):
        cells = []
        for policy, shared in (*((policy, False) for policy in POLICIES), ("least busy", True)):
            plan = Plan(replicas, costs, policy, shared)
            trace = Trace(Repeats.with_hit_ratio(hit_ratio, KEYS), rate * replicas, SEED)
            outcome = simulate(plan, trace, LEAST_TEXTS, WARM_TEXTS)
            cells.append(f"{outcome.forwards:.1%}, p95 {outcome.percentile_ms(95):.0f} ms")
        yield table_row([replicas, *cells])


def advice(
    content: Mapping[str, Any] | None, rate: float, limit_ms: float, hit_ratio: float
) -> list[str]:
    """Return what a kept calibration plans for embedders at `rate`, one kind a line."""
    if content is None:
        return ["No plan by simulation: run python -m loadtests calibrate first."]
    lines = []
    for kind in kinds(costs_of(content)):
        fleet = smallest(kind, rate, limit_ms, hit_ratio)
        if fleet is None:
            lines.append(f"Simulated, {kind.name}: more than {MOST_REPLICAS} embedders.")
            continue
        lines.append(
            f"Simulated, {kind.name}{'' if kind.measured else ' (its speed is unmeasured)'}: "
            f"{fleet.replicas} embedders, p95 {fleet.outcome.percentile_ms(95):.0f} ms of the "
            f"encoder alone, {fleet.per_million(rate):.2f} $ a million emails."
        )
    return [*lines, f"The simulation's largest held-back error was {content['error']:.0%}."]


def _fleet(
    kind: Kind, replicas: int, rate: float, hit_ratio: float, *, shared_cache: bool
) -> Fleet:
    plan = Plan(replicas, kind.costs, shared_cache=shared_cache)
    trace = Trace(Repeats.with_hit_ratio(hit_ratio, KEYS), rate, SEED)
    texts = max(LEAST_TEXTS, TEXTS_A_REPLICA * replicas)
    outcome = simulate(plan, trace, texts, WARM_TEXTS)
    hour = replicas * kind.per_hour
    if shared_cache:
        hour += _shared_cache_hour(outcome, rate, other_prices())
    forward_s = kind.costs.batch.cost(_FULL, _TOKENS) / _FULL / 1e3
    stream_busy = rate * outcome.forwards * forward_s / (replicas * kind.costs.streams)
    loop_busy = rate * kind.costs.call_s / replicas
    return Fleet(kind, replicas, shared_cache, outcome, hour, stream_busy, loop_busy)


def _shared_cache_hour(outcome: Outcome, rate: float, prices: Mapping[str, float]) -> float:
    """Return dollars an hour: a GB held, a unit a KB for each look-up and for each write."""
    kilobytes = 2.0  # an entry of two views in fp16, its name and the protocol
    look_ups = outcome.forwards + outcome.shared_hits
    moved = rate * 3600 * kilobytes * (look_ups + outcome.forwards)
    return prices["cache_gb_hour"] + moved / 1e6 * prices["cache_million_units"]


def _keeps(fleet: Fleet, limit_ms: float) -> bool:
    outcome = fleet.outcome
    steady = max(fleet.stream_busy, fleet.loop_busy) <= STEADY
    return steady and not outcome.refused and outcome.percentile_ms(95) <= limit_ms


def _row(rate: float, kind: Kind, fleet: Fleet | None, *, shared_cache: bool) -> str:
    name = kind.name + ("" if kind.measured else " (unmeasured)")
    start = f"| {rate:g} | {name} | {'yes' if shared_cache else 'no'} "
    if fleet is None:
        return start + f"| more than {MOST_REPLICAS} | | | | | |"
    outcome = fleet.outcome
    return start + (
        f"| {fleet.replicas} | {outcome.percentile_ms(95):.0f} | {outcome.hits:.0%} "
        f"| {outcome.forwards:.0%} | {fleet.stream_busy:.0%} / {fleet.loop_busy:.0%} "
        f"| {fleet.per_million(rate):.2f} |"
    )
