"""Compares a version with production: paired bootstrap on rows neither learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.policy import Gate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

_ROUNDS = 2000


@dataclass(frozen=True)
class Decisions:
    """What two versions decide on the same n rows.

    truth, old, new: (n, labels), which labels hold or are decided; `groups` says who wrote a row.
    """

    labels: tuple[str, ...]
    truth: Bools
    old: Bools
    new: Bools
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """F1 of one label, or macro-F1 overall, of both versions; `low` is the lower end of new - old.

    A figure of too few rows is shown and decides nothing.
    """

    what: str
    rows: int
    old: float
    new: float
    low: float
    tolerance: float
    judged: bool

    @property
    def worse(self) -> bool:
        """Whether this figure refuses the version."""
        return self.judged and self.low < -self.tolerance

    def reason(self) -> str:
        """Put the refusal into words."""
        return (
            f"{self.what}: F1 {self.old:.3f} -> {self.new:.3f} on {self.rows} rows, by lower bound "
            f"{self.low:+.3f}; down to {-self.tolerance:+.3f} is allowed"
        )


OVERALL = "overall"


def compare(decided: Decisions, gate: Gate, *, seed: int = 0) -> tuple[Figure, ...]:
    """Return the overall figure and one a label.

    Resamples authors, not rows (rows of one author are alike), the same ones for both versions;
    the same seed gives the same figures. Labels without a true row stand out of macro-F1.
    """
    draws = author_draws(decided.groups, seed)
    old, new = _counts(decided, decided.old), _counts(decided, decided.new)
    ones = np.ones((1, draws.shape[1]))
    (old_f1,), (new_f1,) = _f1(ones, old), _f1(ones, new)
    support = decided.truth.sum(axis=0)
    apart = _f1(draws, new) - _f1(draws, old)  # (rounds, labels)
    there = _support(draws, decided) > 0
    overall = (apart * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    tail = 1.0 - gate.confidence
    present = support > 0
    figures = [
        Figure(
            OVERALL,
            len(decided.truth),
            _mean(old_f1[present]),
            _mean(new_f1[present]),
            float(np.quantile(overall, tail)),
            gate.overall,
            judged=True,
        )
    ]
    for index, label in enumerate(decided.labels):
        figures.append(
            Figure(
                label,
                int(support[index]),
                float(old_f1[index]),
                float(new_f1[index]),
                float(np.quantile(apart[:, index], tail)),
                gate.labels.get(label, gate.label),
                judged=bool(support[index] >= gate.min_label_rows),
            )
        )
    return tuple(figures)


def author_draws(groups: Sequence[str], seed: int) -> Floats:
    """Draw how often each author counts in each round  # (rounds, authors)."""
    size = len(set(groups))
    return np.random.default_rng(seed).multinomial(size, [1.0 / size] * size, _ROUNDS).astype(float)


def _counts(decided: Decisions, decisions: Bools) -> Floats:
    """Count hits, false alarms and misses by author and label  # (authors, labels, 3)."""
    truth = decided.truth
    rows = np.stack([truth & decisions, ~truth & decisions, truth & ~decisions], axis=2)
    return by_author(decided.groups, rows)


def _support(draws: Floats, decided: Decisions) -> Floats:
    return np.asarray(draws @ by_author(decided.groups, decided.truth))


def by_author(groups: Sequence[str], rows: Bools | Floats) -> Floats:
    """Add up rows by who wrote them  # (n, ...) -> (authors, ...)."""
    _, author = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    total = np.zeros((int(author.max()) + 1, *rows.shape[1:]))
    np.add.at(total, author, rows)
    return total


def _f1(draws: Floats, counts: Floats) -> Floats:
    """Return F1 of each label in each round; 0 where a label neither holds nor is decided."""
    hits, alarms, misses = np.moveaxis(np.tensordot(draws, counts, axes=1), 2, 0)
    whole = 2 * hits + alarms + misses
    return np.asarray(np.divide(2 * hits, whole, out=np.zeros_like(hits), where=whole > 0))


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0
