"""Pictures as SVG text to put into a page: a run over time, and latency against load."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

mpl.rcParams.update(
    {
        "font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "grid.color": "#e5e7eb", "legend.frameon": False,
        "svg.hashsalt": "trunkline", "figure.constrained_layout.use": True,
    }
)  # fmt: skip
INK = {"p50": "#2563eb", "p95": "#d97706", "p99": "#dc2626"}


def run_plots(result: Mapping[str, Any]) -> list[str]:
    """Throughput, latency, hit ratio, latency against load, and each process, as SVG."""
    windows = result["windows"]
    if not windows:
        return []
    pictures = [_over_time(windows, result["events"]), _processes(result["usage_series"])]
    levels = sorted({round(window["offered"], -1) for window in windows})
    if len(levels) > 2:
        pictures.insert(1, _against_load(windows))
    return [svg(picture) for picture in pictures]


def svg(figure: Figure) -> str:
    """The figure as SVG text without an XML header; closes it."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    plt.close(figure)
    text = out.getvalue()
    return text[text.index("<svg") :]


def _over_time(windows: Sequence[Mapping[str, float]], events: Sequence[Sequence[Any]]) -> Figure:
    figure, (rate, latency, hits) = plt.subplots(3, 1, figsize=(9, 7.5), sharex=True)
    at = [window["at"] for window in windows]
    rate.step(at, [w["offered"] for w in windows], where="post", color="#9ca3af", label="offered")
    rate.step(at, [w["rate"] for w in windows], where="post", color="#059669", label="right")
    _titled(rate, "requests a second")
    for name, ink in INK.items():
        latency.plot(at, [window[name] for window in windows], color=ink, label=name)
    latency.set_yscale("log")
    _titled(latency, "latency, ms")
    hits.step(at, [window["hit_ratio"] for window in windows], where="post", color="#7c3aed")
    hits.set_ylim(0, 1)
    hits.set(ylabel="hit ratio", xlabel="seconds")
    for when, what in events[:6]:
        for axes in (rate, latency, hits):
            axes.axvline(when, color="#6b7280", linestyle=":", linewidth=1)
        rate.annotate(what, (when, 1), xycoords=("data", "axes fraction"), fontsize=8)
    return figure


def _against_load(windows: Sequence[Mapping[str, float]]) -> Figure:
    figure, axes = plt.subplots(figsize=(9, 3.6))
    for name, ink in INK.items():
        offered = [window["offered"] for window in windows]
        axes.scatter(offered, [window[name] for window in windows], s=14, color=ink, label=name)
    axes.set(yscale="log", xlabel="offered requests a second")
    _titled(axes, "latency, ms")
    return figure


def _processes(series: Mapping[str, Sequence[Sequence[float]]]) -> Figure:
    figure, (cores, memory) = plt.subplots(2, 1, figsize=(9, 5), sharex=True)
    for name, points in series.items():
        at = [point[0] for point in points]
        cores.plot(at, [point[1] for point in points], label=name)
        if name != "locust":
            memory.plot(at, [point[2] for point in points], label=name)
    _titled(cores, "cores in use")
    _titled(memory, "resident MiB")
    memory.set(xlabel="seconds", ylim=(0, None))
    return figure


def _titled(axes: Axes, label: str) -> None:
    axes.set_ylabel(label)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderpad=0, ncols=4, fontsize=8)
