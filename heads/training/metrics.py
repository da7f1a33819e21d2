"""Computes a head's figures: per-label scores, calibration error, risk against coverage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class LabelScore:
    """Precision, recall and F1 of one label, and how many rows truly carry it."""

    precision: float
    recall: float
    f1: float
    support: int


def auroc(known: Floats, unknown: Floats) -> float:
    """Return the chance that an unknown row's score is the higher one, ties counted half."""
    order = np.sort(known)
    below = np.searchsorted(order, unknown, side="left")
    upto = np.searchsorted(order, unknown, side="right")
    return float((below + upto).mean() / 2 / len(known))


def confusion(truth: Ints, predicted: Ints, classes: int) -> Ints:
    """Count rows by true and predicted label  # (truth, predicted)."""
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes)


def label_scores(table: Ints) -> list[LabelScore]:
    """Return per-label scores of a confusion table; a quotient without rows is 0."""
    precision, recall, f1 = _rates(table)
    support = table.sum(axis=1)
    return [
        LabelScore(float(p), float(r), float(f), int(n))
        for p, r, f, n in zip(precision, recall, f1, support, strict=True)
    ]


def label_f1(table: Ints) -> Floats:
    """Return each label's F1; 0 without rows  # (labels, labels) -> (labels,)."""
    return _rates(table)[2]


def _rates(table: Ints) -> tuple[Floats, Floats, Floats]:
    hits = np.diag(table).astype(float)
    precision = _quotient(hits, table.sum(axis=0))
    recall = _quotient(hits, table.sum(axis=1))
    return precision, recall, _quotient(2 * precision * recall, precision + recall)


def macro_f1(table: Ints) -> float:
    """Average F1 over the labels that occur in truth or prediction."""
    present = (table.sum(axis=0) + table.sum(axis=1)) > 0
    return float(label_f1(table)[present].mean()) if present.any() else 0.0


def weighted_f1(table: Ints) -> float:
    """Average F1, weighted by how often each label is true."""
    scores = label_scores(table)
    rows = sum(score.support for score in scores)
    return sum(score.f1 * score.support for score in scores) / rows if rows else 0.0


def expected_calibration_error(confidence: Floats, correct: Bools, bins: int = 15) -> float:
    """Average the gap of confidence and accuracy over equal bins (Naeini et al. 2015)."""
    if not len(confidence):
        return 0.0
    _, gaps, shares = reliability(confidence, correct, bins)
    return float((np.abs(gaps) * shares).sum())


def reliability(
    confidence: Floats, correct: Bools, bins: int = 15
) -> tuple[Floats, Floats, Floats]:
    """Return mean confidence, accuracy minus confidence, and share of rows of every bin."""
    bin_of_row = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    rows = np.bincount(bin_of_row, minlength=bins).astype(float)
    mean = _quotient(np.bincount(bin_of_row, weights=confidence, minlength=bins), rows)
    accuracy = _quotient(
        np.bincount(bin_of_row, weights=correct.astype(float), minlength=bins), rows
    )
    return mean, accuracy - mean, rows / rows.sum()


def risk_coverage(confidence: Floats, correct: Bools) -> tuple[Floats, Floats]:
    """Return coverage and accuracy of the most confident k rows, k = 1..n  # (n,), (n,)."""
    order = np.argsort(-confidence, kind="stable")
    ranks = np.arange(1, len(order) + 1)
    return ranks / len(order), np.cumsum(correct[order]) / ranks


def bootstrap_interval(
    statistic: Callable[[Ints], float],
    groups: Sequence[str],
    *,
    rounds: int = 400,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the percentile interval of `statistic(row numbers)`, resampling whole groups.

    Rows of one author are alike; resampling rows alone would claim too narrow an interval.
    """
    values = [statistic(rows) for rows in resamples(groups, rounds=rounds, seed=seed)]
    return percentile_interval(values, level)


def percentile_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Return between which values the middle share `level` of them lies."""
    tail = 100.0 * (1.0 - level) / 2.0
    low, high = np.percentile(values, [tail, 100.0 - tail])
    return float(low), float(high)


def resamples(groups: Sequence[str], *, rounds: int = 400, seed: int = 0) -> Iterator[Ints]:
    """Yield row numbers of as many groups as there are, drawn with replacement, whole."""
    _, group_of = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    order = np.argsort(group_of, kind="stable")
    sizes = np.bincount(group_of)
    starts = np.cumsum(sizes) - sizes
    random = np.random.default_rng(seed)
    for _ in range(rounds):
        drawn = random.integers(len(sizes), size=len(sizes))
        lengths = sizes[drawn]
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        yield order[np.repeat(starts[drawn], lengths) + within]


def wilson_interval(hits: float, rows: int, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's (1927) score interval of a share; (0, 1) without rows.

    It stays in [0, 1] and says something of a share of 0 or 1. Rows count as independent.
    """
    if not rows:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    share, spread = hits / rows, z * z / rows
    middle = (share + spread / 2.0) / (1.0 + spread)
    half = z * float(np.sqrt(share * (1.0 - share) / rows + spread / (4.0 * rows)))
    half /= 1.0 + spread
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _quotient(numerator: NDArray[np.generic], denominator: NDArray[np.generic]) -> Floats:
    top, bottom = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    result: Floats = np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)
    return result
