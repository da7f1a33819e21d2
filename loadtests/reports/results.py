"""Write benchmark results as JSON, and read the newest ones back for the documents' tables."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.measurement.run import Run
from loadtests.reports.tables import Ratio


@dataclass(frozen=True)
class Row:
    """One row of a result; `timed` says whether latencies were measured."""

    name: str
    concurrency: int
    rate: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms: float
    errors: int
    timed: bool
    notes: Mapping[str, str]
    reasons: Mapping[str, int]


def row(run: Run) -> Row:
    """Return the figures of a run, rounded as they are shown."""
    p50, p95, p99 = (round(run.percentile_ms(percent), 2) for percent in (50, 95, 99))
    return Row(
        run.name, run.concurrency, round(run.rate, 1), p50, p95, p99, round(run.cpu_ms, 3),
        run.errors, any(run.latencies_s), dict(run.notes), dict(run.reasons),
    )  # fmt: skip


def write(
    path: Path, about: Mapping[str, Any], runs: Sequence[Run], ratios: Sequence[Ratio]
) -> None:
    """Write one result set: where and how it was measured, rows, ratios."""
    content = {
        **about,
        "rows": [vars(row(run)) for run in runs],
        "ratios": [{**vars(r), "value": _finite(r.value), "reached": r.reached} for r in ratios],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def newest(folder: Path, kind: str) -> dict[str, Any] | None:
    """Return the latest dated result of a kind ("bench", "peers"), None if there is none."""
    paths = sorted(folder.glob(f"{kind}-????-??-??.json"))
    return json.loads(paths[-1].read_text(encoding="utf-8")) if paths else None


def _finite(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None
