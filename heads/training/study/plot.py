"""Draws a study: macro-F1 over the number of rows learnt from, a line a strategy."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final, Literal

import matplotlib as mpl

from heads.training.study.compared import NAMES
from heads.training.study.report import GOAL, Panel
from heads.training.study.strategies import Strategy

mpl.use("Agg")

_COLOURS: Final = (
    "#b8471b", "#d9904a", "#9a9a9a", "#8fb4dd", "#4b7fbf", "#1f4e8c",
    "#1b7a4b", "#6fbf8f", "#8a3f9e", "#d05fa8",
)  # fmt: skip
_MARKERS: Final = "so^vD<>PX*"


def plot(
    panels: Sequence[Panel], strategies: Sequence[Strategy], kind: Literal["svg", "png"] = "svg"
) -> bytes:
    """Draw a panel a material side by side: means, and intervals as thin bars.

    Means of fewer seeds than were wanted are hollow.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2 * len(panels), 5.6), layout="constrained")
    drawn: dict[str, Any] = {}
    for number, panel in enumerate(panels, start=1):
        axes = figure.add_subplot(1, len(panels), number)
        for place, strategy in enumerate(strategies):
            if panel.curves.get(strategy.name):
                drawn[strategy.title] = _line(axes, panel, strategy, place - len(strategies) / 2)
        _frame(axes, panel)
    figure.legend(drawn.values(), drawn.keys(), loc="outside lower center", ncols=4, fontsize=8)
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "study"}):  # the same bytes for the same points
        details = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
        figure.savefig(buffer, format=kind, dpi=110, metadata=details)
    return buffer.getvalue()


def _line(axes: Any, panel: Panel, strategy: Strategy, place: float) -> Any:
    """Draw one strategy; bars stand a little apart, so that none hides another."""
    index, curve = NAMES.index(strategy.name), panel.curves[strategy.name]
    sizes = sorted(curve)
    shifted = [size * 1.012**place for size in sizes]
    means = [curve[size].mean for size in sizes]
    bounds = [curve[size].interval for size in sizes]
    errors = [
        [max(0.0, mean - low) for mean, (low, _) in zip(means, bounds, strict=True)],
        [max(0.0, high - mean) for mean, (_, high) in zip(means, bounds, strict=True)],
    ]
    style = "-" if strategy.kind == "features" else "--"
    colour = _COLOURS[index]
    axes.errorbar(shifted, means, yerr=errors, fmt="none", color=colour, alpha=0.35, linewidth=1)
    (line,) = axes.plot(
        shifted, means, style, marker=_MARKERS[index], color=colour, markersize=5, linewidth=1.4
    )
    hollow = [n for n, size in enumerate(sizes) if panel.lacking(strategy.name, size)]
    if hollow:
        axes.plot(
            [shifted[n] for n in hollow], [means[n] for n in hollow], linestyle="none",
            marker=_MARKERS[index], color=colour, markersize=5, markerfacecolor="white", zorder=3,
        )  # fmt: skip
    return line


def _frame(axes: Any, panel: Panel) -> None:
    axes.axhline(GOAL, linestyle=":", color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_xticks(panel.sizes, [f"{size:,}" for size in panel.sizes])
    axes.minorticks_off()
    axes.set_ylim(0, 1)
    hollow = any(panel.lacking(n, size) for n, curve in panel.curves.items() for size in curve)
    axes.set_xlabel("rows learnt from" + " (hollow: of fewer seeds than wanted)" * hollow)
    axes.set_ylabel("macro-F1 on rows that nothing learnt from (95 %)")
    axes.set_title(panel.data, fontsize=11)
    axes.grid(alpha=0.25)
