"""Measure two gateways in turns, so that a machine that is slow for a while slows both alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Literal

from loadtests.bench.services import answered_by, bodies_of, warm_texts, warm_up
from loadtests.clients.http_closed import run_http
from loadtests.measurement.run import Run, cpu_seconds
from loadtests.stack.catalogs import production_versions
from loadtests.stack.stack import Stack
from loadtests.traffic.corpus import reply_texts

LEVEL = 32
HIT_TEXTS = 100
WARM_ROUNDS = 15
SEED = 20261129
# Both gateways send the same texts, here or to one embedder: its cache would answer the second one.
UNCACHED: Mapping[str, str] = {"EMBEDDER_CACHE_MAXSIZE_BYTES": "0"}
Side = Literal["off", "on"]


@dataclass(frozen=True)
class Pair:
    """Two gateways, and the processes that work for each; both may call one embedder."""

    off: Stack
    on: Stack
    works_for_off: Sequence[int]
    works_for_on: Sequence[int]

    def url(self, side: Side) -> str:
        """Return where emails are classified by this one."""
        return f"{(self.off if side == 'off' else self.on).gateway_url}/v1/classify"

    def pids(self, side: Side) -> Sequence[int]:
        """Return the processes that work for this one, their children left out."""
        return self.works_for_off if side == "off" else self.works_for_on


@dataclass(frozen=True)
class Amount:
    """How much is measured: misses a run, answer-cache hits a run, pairs of runs of each kind."""

    texts: int
    hits: int
    rounds: int


def measure(pair: Pair, amount: Amount) -> dict[str, Any]:
    """Measure misses and answer-cache hits of both at concurrency LEVEL."""
    misses = reply_texts(amount.texts * amount.rounds, SEED)
    never = set(misses)
    seen = [text for text in reply_texts(2 * HIT_TEXTS, SEED + 1) if text not in never][:HIT_TEXTS]
    sides: tuple[Side, Side] = ("off", "on")
    for side in sides:
        warm_up(pair.url(side), bodies_of(warm_texts(misses)), LEVEL)
        _fill(pair, side, seen)
    parts = [misses[number :: amount.rounds] for number in range(amount.rounds)]
    repeated = [seen * (amount.hits // HIT_TEXTS)] * amount.rounds
    return {
        "misses": _in_turns(pair, parts, "miss"),
        "hits": _in_turns(pair, repeated, "answer"),
    }


def figures(off: Sequence[Run], on: Sequence[Run]) -> dict[str, Any]:
    """Return rates, CPU and errors of runs in pairs, and the ratios of the pairs, on by off."""
    return {
        "rate_off": [round(run.rate, 1) for run in off],
        "rate_on": [round(run.rate, 1) for run in on],
        "cpu_ms_off": round(median(run.cpu_ms for run in off), 3),
        "cpu_ms_on": round(median(run.cpu_ms for run in on), 3),
        "errors": sum(run.errors for run in (*off, *on)),
        "reasons": _reasons((*off, *on)),
        "rate_ratio": spread([b.rate / a.rate for a, b in zip(off, on, strict=True)]),
        "cpu_ratio": spread([b.cpu_ms / a.cpu_ms for a, b in zip(off, on, strict=True)]),
    }


def spread(ratios: Sequence[float]) -> dict[str, float]:
    """Return the median of ratios, the least and the most."""
    return {
        "median": round(median(ratios), 3), "least": round(min(ratios), 3),
        "most": round(max(ratios), 3),
    }  # fmt: skip


def _reasons(runs: Sequence[Run]) -> dict[str, int]:
    reasons: Counter[str] = Counter()
    for run in runs:
        reasons.update(run.reasons)
    return dict(reasons)


def _in_turns(pair: Pair, parts: Sequence[Sequence[str]], path: str) -> dict[str, Any]:
    """Measure each part with both gateways, every other time in the other order."""
    runs: dict[Side, list[Run]] = {"off": [], "on": []}
    sides: tuple[Side, Side] = ("off", "on")
    for number, part in enumerate(parts):
        for side in sides if number % 2 else reversed(sides):
            runs[side].append(_run(pair, side, part, path))
    return figures(runs["off"], runs["on"])


def _run(pair: Pair, side: Side, texts: Sequence[str], path: str) -> Run:
    cpu = cpu_seconds(list(pair.pids(side)))
    check = answered_by(path, len(production_versions()))
    run = run_http(path, pair.url(side), bodies_of(texts), concurrency=LEVEL, check=check)
    return replace(run, cpu_s=cpu_seconds(list(pair.pids(side))) - cpu)


def _fill(pair: Pair, side: Side, texts: Sequence[str]) -> None:
    """Ask until every worker has the answers in its cache: twice in a row without another path."""
    clean = 0
    for _ in range(WARM_ROUNDS):
        clean = 0 if _run(pair, side, texts, "answer").errors else clean + 1
        if clean == 2:
            return
