"""Pictures as SVG text to put into a page: a run over time, and latency against load."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

mpl.rcParams.update(
    {
        "font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "grid.color": "#e5e7eb", "legend.frameon": False,
        "svg.hashsalt": "trunkline", "figure.constrained_layout.use": True,
    }
)  # fmt: skip
GAP_S = 3.0
MOST_NAMED = 3
INK = {"p50": "#2563eb", "p95": "#d97706", "p99": "#dc2626"}


def run_plots(result: Mapping[str, Any]) -> list[str]:
    """Throughput, latency, hit ratio, latency against load, and each process, as SVG."""
    windows = result["windows"]
    if not windows:
        return []
    pictures = [_over_time(windows, result["events"]), _processes(result["usage_series"])]
    if len(result["levels"]) > 1:
        pictures.insert(1, _against_load(result["levels"]))
    return [svg(picture) for picture in pictures]


def svg(figure: Figure) -> str:
    """The figure as SVG text without an XML header; closes it."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    plt.close(figure)
    text = out.getvalue()
    return text[text.index("<svg") :]


def milliseconds(axes: Axes) -> None:
    """A logarithmic axis with plain numbers."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _over_time(windows: Sequence[Mapping[str, float]], events: Sequence[Sequence[Any]]) -> Figure:
    figure, (rate, latency, hits) = plt.subplots(3, 1, figsize=(9, 7.5), sharex=True)
    at = [window["at"] for window in windows]
    offered = [window["offered"] for window in windows]
    rate.fill_between(at, offered, step="post", color="#d1d5db", label="offered")
    rate.step(at, [w["rate"] for w in windows], where="post", color="#059669", label="right")
    rate.set_ylim(0)
    _titled(rate, "requests a second")
    for name, ink in INK.items():
        latency.plot(at, [window[name] for window in windows], color=ink, label=name)
    milliseconds(latency)
    _titled(latency, "latency, ms")
    hits.step(at, [window["hit_ratio"] for window in windows], where="post", color="#7c3aed")
    hits.set_ylim(0, 1)
    hits.set(ylabel="hit ratio", xlabel="seconds")
    for number, (when, what) in enumerate(events):
        for axes in (rate, latency, hits):
            axes.axvline(when, color="#6b7280", linestyle=":", linewidth=1)
        if len(events) <= MOST_NAMED or number == 0:  # the names of more would cover each other
            more = f", and {len(events) - 1} more" if len(events) > MOST_NAMED else ""
            place = {"xycoords": ("data", "axes fraction"), "va": "bottom", "fontsize": 8}
            rate.annotate(f" {what}{more}", (when, 0.02), **place)
    return figure


def _against_load(levels: Sequence[Mapping[str, float]]) -> Figure:
    figure, axes = plt.subplots(figsize=(9, 3.6))
    offered = [level["offered"] for level in levels]
    for name, ink in INK.items():
        axes.plot(offered, [level[name] for level in levels], "o-", color=ink, label=name)
    axes.set(xlabel="offered requests a second, each level of the run", xlim=(0, None))
    milliseconds(axes)
    _titled(axes, "latency, ms")
    return figure


def _processes(series: Mapping[str, Sequence[Sequence[float]]]) -> Figure:
    figure, (cores, memory) = plt.subplots(2, 1, figsize=(9, 5), sharex=True)
    for name, points in series.items():
        at, used, resident = _gapped(points)
        cores.plot(at, used, label=name)
        if name != "locust":
            memory.plot(at, resident, label=name)
    cores.set_ylim(0)
    _titled(cores, "cores in use")
    _titled(memory, "resident MiB")
    memory.set(xlabel="seconds", ylim=(0, None))
    return figure


def _gapped(points: Sequence[Sequence[float]]) -> list[list[float]]:
    """Columns of the points, with a hole where a process was away."""
    rows: list[Sequence[float]] = []
    for point in points:
        if rows and point[0] - rows[-1][0] > GAP_S:
            rows.append((point[0], math.nan, math.nan))
        rows.append(point)
    return [list(column) for column in zip(*rows, strict=True)] or [[], [], []]


def _titled(axes: Axes, label: str) -> None:
    axes.set_ylabel(label)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderpad=0, ncols=4, fontsize=8)
