"""Draws how good a head is: confusion with counts and rates, reliability, risk-coverage."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np

from heads.training.data.taxonomy import Task
from heads.training.metrics import reliability, risk_coverage

mpl.use("Agg")

_BINS = 10
_LEAST_ROWS = 10  # a bin of fewer rows says nothing
_COLOURS = {"author": "#1f4e8c", "source": "#b8471b", "random": "#7a7a7a", "given": "#1f4e8c"}
_NAMES = {
    "author": "held-out authors",
    "source": "held-out writers",
    "random": "random split",
    "given": "given file",
}


def draw_pictures(task: Task, evaluation: Mapping[str, Any]) -> dict[str, bytes]:
    """Draw PNG files, by name. The confusion table is that of the first split."""
    first = next(iter(evaluation.values()))
    drawn = {}
    if "confusion" in first:
        name = _NAMES.get(next(iter(evaluation)), "")
        drawn["confusion.png"] = _confusion(task, np.array(first["confusion"]), name)
    curves = {
        split: figures["curves"] for split, figures in evaluation.items() if "curves" in figures
    }
    drawn["reliability.png"] = _reliability(task, curves)
    drawn["risk_coverage.png"] = _risk_coverage(task, curves)
    return drawn


def _confusion(task: Task, table: np.ndarray[Any, Any], split: str) -> bytes:
    from matplotlib.figure import Figure

    size = len(table)
    side = max(4.4, 0.95 * size + 1.8)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axes = figure.add_subplot()
    recall = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    precision = table / np.maximum(table.sum(axis=0, keepdims=True), 1)
    image = axes.imshow(recall, cmap="Blues", vmin=0.0, vmax=1.0)
    for row in range(size):
        for column in range(size):
            if table[row, column]:
                rates = f"{recall[row, column]:.0%} | {precision[row, column]:.0%}"
                axes.text(
                    column,
                    row,
                    f"{table[row, column]}\n{rates}",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if recall[row, column] > 0.55 else "black",
                )
    axes.set_xticks(range(size), task.labels, rotation=35, ha="right")
    axes.set_yticks(range(size), task.labels)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(f"{task.name}, {split}\ncount, then share of row | share of column", fontsize=10)
    figure.colorbar(image, ax=axes, shrink=0.8, label="share of the true label's rows")
    return _png(figure)


def _reliability(task: Task, curves: Mapping[str, Any]) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 4.8), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], linestyle=":", color="black", linewidth=1, label="perfect")
    for split, curve in curves.items():
        mean, gap, share = reliability(
            np.array(curve["confidence"]), np.array(curve["correct"], dtype=bool), _BINS
        )
        used = share * len(curve["confidence"]) >= _LEAST_ROWS
        axes.plot(
            mean[used],
            (mean + gap)[used],
            color=_COLOURS.get(split),
            linewidth=1.5,
            label=_NAMES.get(split, split),
        )
        axes.scatter(
            mean[used],
            (mean + gap)[used],
            s=600 * share[used] + 8,
            color=_COLOURS.get(split),
            alpha=0.5,
        )
    axes.set(
        xlim=(0, 1.02),
        ylim=(0, 1.02),
        xlabel="predicted probability",
        ylabel="share that was right",
    )
    axes.set_title(f"{task.name}: reliability (dot size: share of rows)", fontsize=10)
    axes.legend(loc="lower right", fontsize=9)
    axes.grid(alpha=0.25)
    return _png(figure)


def _risk_coverage(task: Task, curves: Mapping[str, Any]) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.8, 4.4), layout="constrained")
    axes = figure.add_subplot()
    for split, curve in curves.items():
        coverage, accuracy = risk_coverage(
            np.array(curve["confidence"]), np.array(curve["correct"], dtype=bool)
        )
        start = max(len(coverage) // 50, 1)
        axes.plot(
            coverage[start:],
            accuracy[start:],
            color=_COLOURS.get(split),
            linewidth=1.5,
            label=_NAMES.get(split, split),
        )
    axes.axhline(0.9, linestyle=":", color="black", linewidth=1)
    axes.set(
        xlim=(0, 1), xlabel="share answered (most certain first)", ylabel="accuracy of the answered"
    )
    axes.set_ylim(top=1.005)
    axes.set_title(f"{task.name}: accuracy against coverage", fontsize=10)
    axes.legend(loc="lower left", fontsize=9)
    axes.grid(alpha=0.25)
    return _png(figure)


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()
