"""Measures the agreement of two labelling passes: Cohen's kappa, overall and per class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sklearn.metrics import cohen_kappa_score


@dataclass(frozen=True)
class Agreement:
    """Kappa over all classes, kappa of each class against the rest, and the raw agreement."""

    rows: int
    observed: float
    kappa: float
    per_class: dict[str, float]


def agreement(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """Return Cohen's kappa (1960) of two labellings of the same rows.

    1 is perfect, 0 is what chance gives. Two labellings that use one and the same single
    class agree perfectly: kappa is 1 there by convention (the formula is 0/0).
    Raises ValueError for labellings of different or no length.
    """
    if len(first) != len(second) or not first:
        raise ValueError("two labellings of the same rows are needed, at least one row")
    per_class = {
        name: _kappa([label == name for label in first], [label == name for label in second])
        for name in sorted({*first, *second})
    }
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / len(first)
    return Agreement(len(first), observed, _kappa(first, second), per_class)


def _kappa(first: Sequence[object], second: Sequence[object]) -> float:
    if len({*first, *second}) == 1:
        return 1.0  # scikit-learn would warn and answer NaN
    return float(cohen_kappa_score(first, second))
