"""Shows a review: table side by side, both confusion matrices, texts decided differently."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from heads.training.data.dataset import Dataset
from heads.training.gate.comparison import Decisions
from heads.training.gate.review import ReviewResult
from heads.training.gate.unlike import BOUND, TurnedAway

mpl.use("Agg")


def review_table(result: ReviewResult, version: str) -> list[str]:
    """Return lines of a Markdown table, overall first."""
    if not result.figures:
        return []
    lines = [
        f"| F1 | rows | production {result.old_version} | version {version} | difference "
        "| lower bound | allowed | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for figure in result.figures:
        word = "worse" if figure.worse else "ok" if figure.judged else "too few rows"
        lines.append(
            f"| {figure.what} | {figure.rows} | {figure.old:.3f} | {figure.new:.3f}"
            f" | {figure.new - figure.old:+.3f}"
            f" | {figure.low:+.3f} | {-figure.tolerance:+.3f} | {word} |"
        )
    return lines


def cost_line(result: ReviewResult) -> list[str]:
    """Return a line on what 1,000 replies cost with both versions; none for a head without."""
    cost = result.cost
    if cost is None:
        return []
    word = "dearer" if cost.worse else "ok"
    return [
        f"cost of 1,000 replies, {cost.rows} rows: {cost.old:.1f} -> {cost.new:.1f}, difference "
        f"{cost.new - cost.old:+.1f} ({cost.low:+.1f} to {cost.high:+.1f}): {word}"
    ]


def unlike_line(result: ReviewResult) -> list[str]:
    """Return a line on what both versions turn away as unlike anything learnt; none without."""
    figure = result.unlike
    if figure is None:
        return []
    word = "worse" if figure.worse else "met" if figure.met else "missed, by chance perhaps"
    before = "" if figure.old is None else f"; production {result.old_version}: {_away(figure.old)}"
    return [f"turned away as unlike: {_away(figure.new)}{before}; {BOUND:.0%} is allowed: {word}"]


def _away(turned: TurnedAway) -> str:
    replies = f"{turned.lost} of {turned.rows} replies"
    if turned.auroc is None:
        return replies
    return f"{replies}, {turned.caught} of {turned.strange} other texts, AUROC {turned.auroc:.3f}"


def confusion_picture(decided: Decisions, titles: tuple[str, str]) -> bytes:
    """Draw a PNG: truth by decision, production's beside the new version's, same colours."""
    from matplotlib.figure import Figure

    size = len(decided.labels)
    side = max(3.6, 0.62 * size + 1.6)
    figure = Figure(figsize=(2 * side + 0.6, side), layout="constrained")
    for index, (decisions, title) in enumerate(
        zip((decided.old, decided.new), titles, strict=True)
    ):
        axes = figure.add_subplot(1, 2, index + 1)
        table = decided.truth.astype(int).T @ decisions.astype(int)
        _draw(axes, table, decided.labels, title)
        axes.set_ylabel("truth" if index == 0 else "")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


def _draw(axes: Any, table: NDArray[np.int64], labels: tuple[str, ...], title: str) -> None:
    recall = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    axes.imshow(recall, cmap="Blues", vmin=0.0, vmax=1.0)
    for row, column in zip(*np.nonzero(table), strict=True):
        dark = recall[row, column] > 0.55
        axes.text(
            column,
            row,
            str(table[row, column]),
            ha="center",
            va="center",
            fontsize=8,
            color="white" if dark else "black",
        )
    ticks = range(len(labels))
    axes.set_xticks(ticks, labels, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(ticks, labels, fontsize=8)
    axes.set_xlabel("decided")
    axes.set_title(title, fontsize=10)


def flips(data: Dataset, decided: Decisions) -> Iterator[str]:
    """Count by what flipped, then list every flipped text; for the terminal, never for a log."""
    rows = np.flatnonzero((decided.old != decided.new).any(axis=1)).tolist()
    pairs = [(_names(decided, decided.old, row), _names(decided, decided.new, row)) for row in rows]
    yield f"{len(rows)} of {len(data)} texts flip"
    counts = Counter(pairs).most_common()
    wide = max((len(label) for pair in pairs for label in pair), default=0)
    for (old, new), count in counts:
        yield f"  {count:5}  {old:{wide}} -> {new}"
    truths = [_names(decided, decided.truth, row) for row in rows]
    true_wide = max(map(len, truths), default=0)
    for row, truth, (old, new) in zip(rows, truths, pairs, strict=True):
        mark = "better" if truth == new else "worse" if truth == old else "other"
        text = " ".join(data.texts[row].split())
        answered = f" [answers: {data.contexts[row]}]" if data.contexts[row] else ""
        change = f"{old:{wide}} -> {new:{wide}}"
        yield f"{mark:6}  {change}  is {truth:{true_wide}}  {text}{answered}"


def _names(decided: Decisions, table: NDArray[np.bool_], row: int) -> str:
    labels = [decided.labels[index] for index in np.flatnonzero(table[row])]
    return "+".join(labels) or "nothing"
