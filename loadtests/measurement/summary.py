"""Count a run's samples: rates, percentiles over time, hit ratio, coverage, stage timings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from loadtests.measurement.usage import Usage
from loadtests.traffic.scenarios import Scenario

Sample = Mapping[str, Any]  # as the locust file writes it
PERCENTS = (50, 95, 99)
DRIFT_BLOCKS = 20
DRIFT_T = 2.101  # Student's t, 18 degrees of freedom, 95 % two-sided
FLAT_SHARE_AN_HOUR = 0.05
_HITS = ("hit", "answer", "coalesced")


@dataclass(frozen=True)
class Window:
    """A part of the run; percentiles are of right answers only, in milliseconds."""

    at: float
    rate: float
    offered: float
    p50: float
    p95: float
    p99: float
    hit_ratio: float
    failures: int


def totals(samples: Sequence[Sample], seconds: float) -> dict[str, Any]:
    """Return the run in figures. `hit_ratio` counts texts that needed no forward of their own.

    `coverage` is the share of asked heads that answered; `failures` are all that is neither ok
    nor refused, fail-open among them.
    """
    outcomes = Counter(sample["outcome"] for sample in samples)
    paths = Counter(path for sample in samples for path in sample["paths"])
    asked = sum(sample["asked"] for sample in samples)
    return {
        "requests": len(samples),
        "rate": round(outcomes["ok"] / seconds, 2) if seconds else 0.0,
        "outcomes": dict(outcomes),
        "failures": sum(outcomes[name] for name in ("fail_open", "wrong", "broken")),
        "refused": outcomes["refused"],
        "reasons": dict(Counter(s["reason"] for s in samples if s["reason"])),
        "latency_ms": _percentiles([s["ms"] for s in samples if s["outcome"] == "ok"]),
        "paths": dict(paths),
        "hit_ratio": round(hit_ratio(paths), 4),
        "coverage": round(sum(s["answered"] for s in samples) / asked, 5) if asked else 1.0,
        "stages_ms": stages(samples),
    }


def hit_ratio(paths: Mapping[str, int]) -> float:
    """Return the share of texts answered without a forward of their own; 0 without texts."""
    total = sum(paths.values())
    return sum(paths.get(path, 0) for path in _HITS) / total if total else 0.0


def stages(samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """Return percentiles of each stage by the answers' own timings, hits and misses apart."""
    times: dict[str, list[float]] = {}
    for sample in samples:
        if len(sample["paths"]) != 1:  # a batch's stages are of all its texts
            continue
        kind = "miss" if sample["paths"][0] == "miss" else "hit"
        for stage, spent in sample["stages"].items():
            times.setdefault(f"{stage} ({kind})", []).append(spent)
    return {name: _percentiles(spent) for name, spent in sorted(times.items())}


def windows(samples: Sequence[Sample], seconds: float, count: int = 60) -> list[Window]:
    """Cut the run into equal parts by when each request was due."""
    width = max(1.0, seconds / count)
    last = max(0, math.ceil(seconds / width) - 1)
    parts: dict[int, list[Sample]] = {}
    for sample in samples:
        parts.setdefault(min(last, int(sample["at"] / width)), []).append(sample)
    return [_window(part * width, width, parts[part]) for part in sorted(parts)]


def _window(at: float, width: float, samples: Sequence[Sample]) -> Window:
    right = [s for s in samples if s["outcome"] == "ok"]
    spread = _percentiles([s["ms"] for s in right])
    paths = Counter(path for s in samples for path in s["paths"])
    failures = sum(s["outcome"] not in ("ok", "refused") for s in samples)
    return Window(
        at, len(right) / width, len(samples) / width,
        spread["p50"], spread["p95"], spread["p99"], hit_ratio(paths), failures,
    )  # fmt: skip


def usage_totals(usage: Mapping[str, Sequence[Usage]]) -> dict[str, dict[str, float]]:
    """Return mean cores, first, last and largest memory of each service."""
    return {
        name: {
            "cores": round(float(np.mean([u.cores for u in series])), 3),
            "memory_mb_first": round(series[0].memory_mb, 1),
            "memory_mb_last": round(series[-1].memory_mb, 1),
            "memory_mb_most": round(max(u.memory_mb for u in series), 1),
        }
        for name, series in usage.items()
        if series
    }


@dataclass(frozen=True)
class LevelRow:
    """All moments of the run at one level of load together."""

    level: float
    offered: float
    rate: float
    p50: float
    p95: float
    p99: float
    failures: int
    refused: int


def levels(samples: Sequence[Sample], scenario: Scenario, seconds: float) -> list[LevelRow]:
    """Return latency against load: a row for each level, by when requests were due."""
    parts: dict[float, list[Sample]] = {}
    for sample in samples:
        parts.setdefault(scenario.level(sample["at"] / seconds), []).append(sample)
    length: dict[float, float] = {}
    for begun, ended, level in scenario.spans():
        length[level] = length.get(level, 0.0) + (ended - begun) * seconds
    rows = []
    for level in sorted(parts):
        outcomes = Counter(sample["outcome"] for sample in parts[level])
        spread = _percentiles([s["ms"] for s in parts[level] if s["outcome"] == "ok"])
        rows.append(
            LevelRow(
                level, len(parts[level]) / length[level], outcomes["ok"] / length[level],
                spread["p50"], spread["p95"], spread["p99"],
                outcomes.total() - outcomes["ok"] - outcomes["refused"], outcomes["refused"],
            )
        )  # fmt: skip
    return rows


@dataclass(frozen=True)
class Drift:
    """How a service's memory grew, in MiB a minute, with the bounds of a 95 % interval.

    `flat`: at the upper bound an hour would add less than FLAT_SHARE_AN_HOUR of the memory.
    """

    slope: float
    low: float
    high: float
    flat: bool


def drift(series: Sequence[Sequence[float]]) -> Drift:
    """Fit a line through block means of (seconds, cores, MiB), the first third left out.

    Blocks, because samples half a second apart are not independent; caches fill in the beginning.
    """
    late = np.asarray(series, dtype=float)[len(series) // 3 :]
    blocks = [np.mean(block, axis=0) for block in np.array_split(late, DRIFT_BLOCKS)]
    at, memory = (np.array([block[column] for block in blocks]) for column in (0, 2))
    minutes = (at - at.mean()) / 60
    slope = float(np.dot(minutes, memory) / np.dot(minutes, minutes))
    rest = memory - memory.mean() - slope * minutes
    error = math.sqrt(float(np.dot(rest, rest)) / (DRIFT_BLOCKS - 2) / np.dot(minutes, minutes))
    high = slope + DRIFT_T * error
    flat = high * 60 <= FLAT_SHARE_AN_HOUR * float(memory.mean())
    return Drift(round(slope, 3), round(slope - DRIFT_T * error, 3), round(high, 3), flat)


def recovery_s(samples: Sequence[Sample], lost_at: float) -> float:
    """Return seconds from a loss to the last request not answered rightly; 0 if all were."""
    bad = [s["at"] for s in samples if s["outcome"] != "ok" and s["at"] >= lost_at]
    return round(max(bad) - lost_at, 2) if bad else 0.0


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {f"p{percent}": math.nan for percent in PERCENTS}
    percentiles = np.percentile(values, PERCENTS)
    return {f"p{p}": round(float(v), 3) for p, v in zip(PERCENTS, percentiles, strict=True)}
