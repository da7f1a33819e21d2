"""Show how fast new embedders come to know their texts: a table and a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matplotlib import pyplot as plt

from loadtests.reports.plots import svg
from loadtests.reports.tables import table_row

WINDOW_S = 5.0


@dataclass(frozen=True)
class Curve:
    """A share of hits and a p99 in milliseconds for each window of WINDOW_S seconds."""

    hits: tuple[float, ...]
    p99_ms: tuple[float, ...]


def table(curves: Mapping[str, Curve]) -> str:
    """Return hits and p99 by window as Markdown."""
    windows = range(max(len(curve.hits) for curve in curves.values()))
    starts = [f"{number * WINDOW_S:g} s" for number in windows]
    rows = [table_row(["from", *starts]), f"|---|{'---:|' * len(starts)}"]
    for name, curve in curves.items():
        hits = (f"{share:.0%}" for share in curve.hits)
        latencies = (f"{latency:.0f}" for latency in curve.p99_ms)
        rows += [table_row([f"{name}: hits", *hits]), table_row([f"{name}: p99 ms", *latencies])]
    return "\n".join(rows)


def draw(curves: Mapping[str, Curve], folder: Path) -> Path:
    """Draw the curves into `folder`; return the picture's path."""
    figure, (hits, latencies) = plt.subplots(2, 1, figsize=(7, 4.5), sharex=True)
    for name, curve in curves.items():
        ends = [WINDOW_S * (number + 1) for number in range(len(curve.hits))]
        hits.plot(ends, curve.hits, "o-", ms=3, label=name)
        latencies.plot(ends, curve.p99_ms, "o-", ms=3, label=name)
    hits.set(ylabel="hit ratio", ylim=(0, 1))
    hits.legend(fontsize=8, loc="lower right")
    latencies.set(ylabel="p99, ms", xlabel="seconds since the restart", ylim=(0, None))
    path = folder / "warm-up.svg"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(svg(figure) + "\n", encoding="utf-8")
    return path
