"""Measures what a head promises: precision by label, accuracy at coverage, calibration, slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heads.training.data.dataset import AUTHOR_COLUMNS
from heads.training.evaluation.out_of_fold import Judged
from heads.training.fitting.calibrated_ensemble import label_scores_of
from heads.training.metrics import (
    Bools,
    Floats,
    expected_calibration_error,
    risk_coverage,
    wilson_interval,
)

COVERAGES = tuple(step / 20 for step in range(10, 21))
"""0.50, 0.55, ... 1.00: the shares of rows, surest first, that a card tells the accuracy of."""

BINS = 15
"""Equal bins of the probability, for every calibration error."""

WORDS = ((5, "1-5 words"), (40, "6-40 words"), (120, "41-120 words"))
_LONGER = "over 120 words"
_NOTHING = "not recorded"
_MOST_VALUES = 12


def trust_figures(judged: Judged) -> dict[str, Any]:
    """Compute them all, as plain values for metrics.json; intervals are Wilson's, 95 %.

    A head of several labels at once has calibration errors only.
    """
    calibration = label_calibration(judged)
    if (judged.data.truth < 0).any():
        return {"calibration": calibration}
    return {
        "targets": target_figures(judged),
        "coverage": coverage_table(judged.confidence, judged.correct),
        "calibration": calibration,
        "slices": slice_figures(judged),
    }


def target_figures(judged: Judged) -> dict[str, Any]:
    """Compare each label's target precision with that of the rows decided for it.

    `target` is None where the policy keeps a recall instead.
    """
    result = {}
    for index, label in enumerate(judged.data.task.labels):
        decided = judged.correct[judged.answered & (judged.best == index)]
        result[label] = {
            "target": judged.data.task.policy.target(label),
            "decided": len(decided),
            **_share(decided),
        }
    return result


def coverage_table(confidence: Floats, correct: Bools) -> list[dict[str, Any]]:
    """Return for each of COVERAGES the rows, their accuracy and the least confidence  # (n,)."""
    if not len(confidence):
        return []
    _, accuracy = risk_coverage(confidence, correct)
    falling = -np.sort(-confidence, kind="stable")
    table = []
    for coverage in COVERAGES:
        rows = max(round(coverage * len(confidence)), 1)
        hits = round(float(accuracy[rows - 1]) * rows)
        table.append(
            {
                "coverage": coverage,
                "rows": rows,
                "share": hits / rows,
                "interval": wilson_interval(hits, rows),
                "confidence": float(falling[rows - 1]),
            }
        )
    return table


def label_calibration(judged: Judged) -> dict[str, Any]:
    """Compute each label's calibration error: of its probability on all rows, and as an answer.

    `ece`: its probability against how often it is true, over all rows (class-wise, Kull et al.
    2019). `ece_likeliest`: the same over the rows that it is the likeliest label of.
    """
    task = judged.data.task
    scores = label_scores_of(task, judged.scores)
    targets = label_scores_of(task, judged.data.targets.astype(np.float64)) >= 0.5
    result = {}
    for index, label in enumerate(task.labels):
        likeliest = scores.argmax(axis=1) == index
        probability, true = scores[:, index], targets[:, index]
        result[label] = {
            "ece": expected_calibration_error(probability, true, BINS),
            "ece_likeliest": expected_calibration_error(
                probability[likeliest], true[likeliest], BINS
            ),
            "likeliest": int(likeliest.sum()),
        }
    return result


def slice_figures(judged: Judged) -> dict[str, Any]:
    """Measure groups of rows: by length, language and what is recorded of their authors.

    A group of rows has its accuracy, its coverage and the accuracy of what is answered there; a
    column that no row has is None.
    """
    data = judged.data
    columns: dict[str, Sequence[str] | None] = {
        "length": tuple(map(_length, data.texts)),
        "language": data.languages if any(data.languages) else None,
    }
    columns |= {column: data.recorded.get(column) for column in AUTHOR_COLUMNS}
    return {
        column: None if values is None else _by_value(judged, values)
        for column, values in columns.items()
    }


def _by_value(judged: Judged, values: Sequence[str]) -> dict[str, Any]:
    named = np.array([value or _NOTHING for value in values], dtype=object)
    common = [str(value) for value, _ in Counter(named.tolist()).most_common(_MOST_VALUES)]
    named[[value not in common for value in named]] = "others"
    there = dict.fromkeys([*common, *named.tolist()])
    return {value: _slice(judged, np.asarray(named == value)) for value in there}


def _slice(judged: Judged, rows: Bools) -> dict[str, Any]:
    answered = rows & judged.answered
    return {
        "rows": int(rows.sum()),
        **_share(judged.correct[rows]),
        "coverage": float(judged.answered[rows].mean()),
        "answered": _share(judged.correct[answered]),
    }


def _share(hits: Bools) -> Mapping[str, Any]:
    count, rows = int(hits.sum()), len(hits)
    return {"share": count / rows if rows else 0.0, "interval": wilson_interval(count, rows)}


def _length(text: str) -> str:
    words = len(text.split())
    return next((name for most, name in WORDS if words <= most), _LONGER)
