"""Distances between a window and its reference, and how far chance alone takes a window."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Places = NDArray[np.int64]
Drawn = TypeVar("Drawn")

DRAWS = 2000
QUANTILE = 0.999
"""The share of windows without drift that lie below a threshold."""
LEAST_MIX = 0.02
LEAST_SCORE = 0.005
"""Distances below these are no drift however sure: of many rows chance moves next to nothing.

A label's share that moves from 30 % to 32 % is a distance of about 0.02.
"""


@dataclass(frozen=True, slots=True)
class Hour:
    """What a head version answered in an hour: rows by label, and sums of the best probability."""

    labels: Mapping[str, int]
    total: float
    squares: float

    @property
    def rows(self) -> int:
        """The answers of the hour."""
        return sum(self.labels.values())


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a window lies from its reference, and how far a window without drift may."""

    value: float
    threshold: float

    @property
    def drifted(self) -> bool:
        """Whether that is more than chance."""
        return self.value > self.threshold


def label_mix(reference: Sequence[Hour], window: Sequence[Hour]) -> Distance:
    """Return the Jensen-Shannon distance of the label mixes, from 0 to 1 (base 2).

    The threshold comes from windows drawn from the reference: as many of its hours as the window
    has, at random, of their answers as many as the window has, beside a reference drawn likewise.
    """
    names = sorted({label for hour in (*reference, *window) for label in hour.labels})
    ours, own = _table(reference, names), _table(window, names)
    rows = int(own.sum())

    def draw(chance: np.random.Generator, hours: Places, others: Places) -> float:
        pool = ours[hours].sum(axis=0)
        if rows < pool.sum():  # the hours have the noise of their own answers already
            pool = chance.multivariate_hypergeometric(pool, rows, method="marginals")
        return _jensen_shannon(_mix(pool), _mix(ours[others].sum(axis=0)))

    threshold = _quantile(_draws(len(ours), len(own), draw))
    value = _jensen_shannon(_mix(own.sum(axis=0)), _mix(ours.sum(axis=0)))
    return Distance(value, max(threshold, LEAST_MIX))


def mean_score(reference: Sequence[Hour], window: Sequence[Hour]) -> Distance:
    """Return how far the mean of the best label's probability has moved, either way.

    The threshold is as for `label_mix`, with the scores' spread in the reference.
    """
    sums = np.array([(hour.rows, hour.total, hour.squares) for hour in reference], float)
    rows, total, squares = sums.sum(axis=0)
    mean, window_rows = total / rows, sum(hour.rows for hour in window)
    variance = max(0.0, squares / rows - mean**2)

    def draw(chance: np.random.Generator, hours: Places, others: Places) -> float:
        drawn, other = sums[hours].sum(axis=0), sums[others].sum(axis=0)
        missing = max(0.0, 1 / window_rows - 1 / drawn[0])  # noise of fewer answers
        noise = chance.normal(0.0, np.sqrt(variance * missing))
        return float(abs(drawn[1] / drawn[0] + noise - other[1] / other[0]))

    own = sum(hour.total for hour in window) / window_rows
    threshold = _quantile(_draws(len(sums), len(window), draw))
    return Distance(abs(own - float(mean)), max(threshold, LEAST_SCORE))


def embedding_thresholds(hours: Sequence[Array], sizes: Sequence[int]) -> dict[int, float]:
    """Return how far the mean of so many vectors may lie from that of all, by bootstrap.

    `hours` are the vectors (n, dim) of each hour of the reference; windows are of as many hours,
    and hold as many vectors at most.
    """

    def draw(chance: np.random.Generator, drawn: Places, others: Places) -> list[float]:
        pool = chance.permutation(np.concatenate([hours[hour] for hour in drawn]))
        other = np.concatenate([hours[hour] for hour in others]).mean(axis=0)
        return [cosine_distance(pool[:size].mean(axis=0), other) for size in sizes]

    distances = np.array(_draws(len(hours), len(hours), draw, 1000))
    return {size: _quantile(column) for size, column in zip(sizes, distances.T, strict=True)}


def cosine_distance(a: Array, b: Array) -> float:
    """Return 1 less the cosine of two vectors, neither of them 0."""
    return float(1.0 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def _draws(
    reference: int,
    window: int,
    draw: Callable[[np.random.Generator, Places, Places], Drawn],
    draws: int = DRAWS,
) -> list[Drawn]:
    """Return what is drawn, each time with hours of a window and of a reference."""
    chance = np.random.default_rng(0)  # the same figures have the same threshold
    return [
        draw(
            chance, chance.integers(0, reference, window), chance.integers(0, reference, reference)
        )
        for _ in range(draws)
    ]


def _quantile(distances: Sequence[float] | Array) -> float:
    """Return the distance that QUANTILE of all stay below."""
    return float(np.quantile(distances, QUANTILE))


def _table(hours: Sequence[Hour], names: Sequence[str]) -> Counts:
    """Return rows by hour and label, (hours, labels)."""
    return np.array([[hour.labels.get(name, 0) for name in names] for hour in hours], np.int64)


def _mix(counts: Counts) -> Array:
    mix: Array = counts / counts.sum()
    return mix


def _jensen_shannon(p: Array, q: Array) -> float:
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return float(np.sqrt(max(0.0, divergence)))


def _relative_entropy(p: Array, q: Array) -> float:
    positive = p > 0
    return float(np.sum(p[positive] * np.log2(p[positive] / q[positive])))
