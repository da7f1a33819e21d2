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
_MOST_CELLS_A_SIDE = 16  # a table of more labels cannot be read
_TOP_CONFUSIONS = 25
_COLOURS = {"author": "#1f4e8c", "source": "#b8471b", "random": "#7a7a7a", "given": "#1f4e8c"}
_NAMES = {
    "author": "held-out authors",
    "source": "held-out writers",
    "random": "random split",
    "given": "given file",
}


def draw_pictures(task: Task, evaluation: Mapping[str, Any]) -> dict[str, bytes]:
    """Draw PNG files, by name. The confusion is that of the first split: all, or what is worst."""
    first = next(iter(evaluation.values()))
    drawn = {}
    if "confusion" in first:
        name = _NAMES.get(next(iter(evaluation)), "")
        table = np.array(first["confusion"])
        draw = _confusion if len(table) <= _MOST_CELLS_A_SIDE else _top_confusions
        drawn["confusion.png"] = draw(task, table, name)
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


def _top_confusions(task: Task, table: np.ndarray[Any, Any], split: str) -> bytes:
    """Draw the pairs of labels that are mistaken for each other most, of a head of many labels."""
    from matplotlib.figure import Figure

    pairs = top_confusions(table, _TOP_CONFUSIONS)
    labels = [label if len(label) <= 40 else f"{label[:39]}…" for label in task.labels]
    names = [f"{labels[true]}  →  {labels[other]}" for true, other in pairs]
    counts = [int(table[pair]) for pair in pairs]
    shares = [table[true, other] / table[true].sum() for true, other in pairs]
    figure = Figure(figsize=(10.0, 1.6 + 0.27 * max(len(pairs), 1)), layout="constrained")
    axes = figure.add_subplot()
    bars = axes.barh(names, counts, color="#1f4e8c", height=0.7)
    axes.bar_label(
        bars,
        [f"{count}  ({share:.0%})" for count, share in zip(counts, shares, strict=True)],
        padding=3,
        fontsize=9,
    )
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelsize=9, length=0)
    axes.set_xlim(0, max(counts, default=1) * 1.15)
    axes.set_xlabel("rows (in brackets: share of the true label's rows)")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.margins(y=0.01)
    wrong, kinds = table.sum() - np.trace(table), np.count_nonzero(table - np.diag(np.diag(table)))
    figure.suptitle(
        f"{task.name}, {split}: {wrong} of {table.sum()} rows mistaken in {kinds} ways; "
        f"the {len(pairs)} most frequent, true label  →  predicted",
        fontsize=10,
        x=0.01,
        ha="left",
    )
    return _png(figure)


def top_confusions(table: np.ndarray[Any, Any], most: int) -> list[tuple[int, int]]:
    """Return (true, predicted) of the most frequent mistakes of a confusion table, worst first."""
    mistakes = table - np.diag(np.diag(table))
    order = np.argsort(-mistakes.ravel(), kind="stable")[:most]
    pairs = [(int(index // len(table)), int(index % len(table))) for index in order]
    return [pair for pair in pairs if mistakes[pair]]


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
