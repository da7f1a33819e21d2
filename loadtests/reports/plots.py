"""Draw runs and sizings with matplotlib, as SVG text to put into a page: plain values in."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

mpl.rcParams.update(
    {
        "font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "grid.color": "#e5e7eb", "legend.frameon": False,
        "svg.hashsalt": "trunkline", "figure.constrained_layout.use": True,
    }
)  # fmt: skip
Trials = Sequence[tuple[Mapping[str, int], float]]  # settings, and the score they reached

GAP_S = 3.0
MOST_NAMED = 3
_EVENT_STYLE: Any = {"xycoords": ("data", "axes fraction"), "va": "bottom", "fontsize": 8}
INK = {"p50": "#2563eb", "p95": "#d97706", "p99": "#dc2626"}


def run_plots(result: Mapping[str, Any]) -> list[str]:
    """Draw throughput, latency, hit ratio, latency against load, and each process, as SVG."""
    windows = result["windows"]
    if not windows:
        return []
    figures = [_over_time(windows, result["events"]), _processes(result["usage_series"])]
    if len(result["levels"]) > 1:
        figures.insert(1, _against_load(result["levels"]))
    return [svg(figure) for figure in figures]


def setting_curves(
    curves: Mapping[str, Mapping[int, float]], knees: Mapping[str, int], top: float
) -> Figure:
    """Draw each setting's answers a second against its value, up to `top`, its knee in a circle."""
    figure, grid = plt.subplots(2, (len(curves) + 1) // 2, figsize=(10, 5.2), sharey=True)
    for axes, (name, curve) in zip(grid.flat, curves.items(), strict=False):
        values = list(curve)
        axes.plot(range(len(values)), list(curve.values()), "o-", color=INK["p50"])
        if (knee := knees.get(name)) is not None:
            position = values.index(knee), curve[knee]
            axes.plot(*position, "o", ms=11, mfc="none", color=INK["p99"])
        axes.set_xticks(range(len(values)), [str(value) for value in values])
        axes.set_title(name.lower() if name in knees else f"{name.lower()} (not reached)")
        axes.title.set_fontsize(9)
        axes.set_ylim(0, top * 1.1)
    for axes in list(grid.flat)[len(curves) :]:
        axes.remove()
    figure.supylabel("answers a second within the limit", fontsize=10)
    return figure


def heat_maps(trials: Trials, pairs: Sequence[tuple[str, str]]) -> Figure:
    """Draw, for four pairs of settings, the best score of every combination that was tried.

    Combinations without a trial stay white.
    """
    figure, grid = plt.subplots(2, 2, figsize=(10, 7))
    top = max(score for _, score in trials)
    for axes, (down, across) in zip(grid.flat, pairs, strict=True):
        image = _heat_map(axes, trials, down, across, top)
    figure.colorbar(image, ax=grid, label="answers a second within the limit")
    return figure


def cache_curves(
    curves: Mapping[str, Sequence[tuple[int, float]]], chosen: int, entry_bytes: float
) -> Figure:
    """Draw hit ratio against entries for each kind of traffic, and their memory above."""
    figure, axes = plt.subplots(figsize=(7, 3.8))
    for name, points in curves.items():
        axes.plot(*zip(*points, strict=True), "o-", ms=3, label=name)
    axes.axvline(chosen, color=INK["p99"], linestyle=":", label=f"chosen: {chosen:,}")
    axes.set(xscale="log", xlabel="entries", ylabel="hit ratio", ylim=(0, 1))
    mib = entry_bytes / 2**20

    def to_mib(entries: Any) -> Any:
        return entries * mib

    def to_entries(memory: Any) -> Any:
        return memory / mib

    axes.secondary_xaxis("top", functions=(to_mib, to_entries)).set_xlabel("MiB")
    axes.legend(fontsize=8, loc="upper left")
    return figure


def prediction(
    rates: Sequence[float], predicted: Mapping[int, Sequence[float]],
    measured: Sequence[tuple[float, float, float]], *, saturated_at: float, limit_ms: float,
) -> Figure:  # fmt: skip
    """Draw predicted percentiles against load, and measurements (percent, rate, ms) as points."""
    figure, axes = plt.subplots(figsize=(7, 3.8))
    for percent, latencies in predicted.items():
        axes.plot(rates, latencies, color=INK[f"p{percent}"], label=f"p{percent} predicted")
    for measured_percent, rate, latency in measured:
        name = f"p{measured_percent:g}"
        axes.plot(rate, latency, "o", color=INK[name], label=f"{name} measured")
    axes.axhline(limit_ms, color="#6b7280", linestyle=":", label=f"limit {limit_ms:g} ms")
    axes.axvline(saturated_at, color="#9ca3af", linewidth=1)
    _use_milliseconds(axes)
    axes.set(xlabel="requests a second", ylabel="latency, ms", ylim=(None, 10 * limit_ms))
    axes.legend(fontsize=8, loc="upper left")
    return figure


def save(figures: Mapping[str, Figure], folder: Path) -> dict[str, str]:
    """Write each figure as PNG into `folder`; return each as SVG text and close it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.png", dpi=110)
    return {name: svg(figure) for name, figure in figures.items()}


def svg(figure: Figure) -> str:
    """Return the figure as SVG text without an XML header, and close it."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    plt.close(figure)
    text = out.getvalue()
    return text[text.index("<svg") :]


def _use_milliseconds(axes: Axes) -> None:
    """Make the y axis logarithmic with plain numbers."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _heat_map(axes: Axes, trials: Trials, down: str, across: str, top: float) -> AxesImage:
    rows = sorted({settings[down] for settings, _ in trials})
    columns = sorted({settings[across] for settings, _ in trials})
    best: dict[tuple[int, int], float] = {}
    for settings, score in trials:
        cell = rows.index(settings[down]), columns.index(settings[across])
        best[cell] = max(best.get(cell, 0.0), score)
    cells = [[best.get((r, c), math.nan) for c in range(len(columns))] for r in range(len(rows))]
    image = axes.imshow(cells, cmap="viridis", aspect="auto", vmin=0, vmax=top)
    for (row, column), score in best.items():
        ink = "black" if score > 0.7 * top else "white"
        axes.text(column, row, f"{score:.0f}", ha="center", va="center", color=ink)
    axes.set_xticks(range(len(columns)), [str(value) for value in columns])
    axes.set_yticks(range(len(rows)), [str(value) for value in rows])
    axes.set(xlabel=across.lower(), ylabel=down.lower())
    axes.grid(visible=False)
    return image


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
    _use_milliseconds(latency)
    _titled(latency, "latency, ms")
    hits.step(at, [window["hit_ratio"] for window in windows], where="post", color="#7c3aed")
    hits.set_ylim(0, 1)
    hits.set(ylabel="hit ratio", xlabel="seconds")
    for number, (when, what) in enumerate(events):
        for axes in (rate, latency, hits):
            axes.axvline(when, color="#6b7280", linestyle=":", linewidth=1)
        if len(events) <= MOST_NAMED or number == 0:  # the names of more would cover each other
            more = f", and {len(events) - 1} more" if len(events) > MOST_NAMED else ""
            rate.annotate(f" {what}{more}", (when, 0.02), **_EVENT_STYLE)
    return figure


def _against_load(levels: Sequence[Mapping[str, float]]) -> Figure:
    figure, axes = plt.subplots(figsize=(9, 3.6))
    offered = [level["offered"] for level in levels]
    for name, ink in INK.items():
        axes.plot(offered, [level[name] for level in levels], "o-", color=ink, label=name)
    axes.set(xlabel="offered requests a second, each level of the run", xlim=(0, None))
    _use_milliseconds(axes)
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
    """Return the points' columns, with a gap where a process was away."""
    rows: list[Sequence[float]] = []
    for point in points:
        if rows and point[0] - rows[-1][0] > GAP_S:
            rows.append((point[0], math.nan, math.nan))
        rows.append(point)
    return [list(column) for column in zip(*rows, strict=True)] or [[], [], []]


def _titled(axes: Axes, label: str) -> None:
    axes.set_ylabel(label)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderpad=0, ncols=4, fontsize=8)
