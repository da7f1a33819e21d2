"""Turns member logits into labelled scores: averages, calibrates, decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from heads.inference.head import Head
from heads.inference.ragged import Segments, Squash

_TINY = np.float32(1e-12)

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
Bools = NDArray[np.bool_]
Run = tuple[str, str, int]
"""What gives a block of columns: a head's name and version, a place in its `maps`."""


@dataclass(frozen=True)
class Answers:
    """All heads' answers: scores (rows, label columns), the others (rows, heads).

    A head abstains from what is `unlike` anything it learnt from, whatever its scores.
    """

    scores: Floats
    best: Indices
    abstained: Bools
    unlike: Bools


@dataclass(frozen=True)
class Averaging:
    """Mean of a head's members, label by label: gather columns, then sum neighbours."""

    gather: Indices
    starts: Indices | None  # None where every head has one member
    weights: Floats

    def __call__(self, probabilities: Floats) -> Floats:
        """Average (rows, member columns) into (rows, head columns)."""
        gathered = probabilities[:, self.gather]
        if self.starts is None:
            return gathered
        result: Floats = np.add.reduceat(gathered, self.starts, axis=1) * self.weights
        return result


@dataclass(frozen=True)
class Calibrator:
    """Mean probabilities to calibrated ones: a * log-odds + b (a = 1/T, b = 0 for softmax)."""

    slope: Floats
    offset: Floats
    sigmoid: Floats
    squash: Squash

    @classmethod
    def of(cls, heads: Sequence[Head]) -> Calibrator:
        """Make the calibrator of these heads' columns, side by side."""
        pairs = [pair for head in heads for pair in _slopes(head)]
        slope, offset = np.array(pairs, dtype=np.float32).T
        flags = [float(_is_sigmoid(head)) for head in heads for _ in head.manifest.columns]
        squash = Squash.of((len(head.manifest.columns), _is_sigmoid(head)) for head in heads)
        return cls(slope, offset, np.array(flags, dtype=np.float32), squash)

    def __call__(self, mean: Floats, complement: Floats | None) -> Floats:
        """Calibrate means (rows, head columns); `complement`: those of 1 - p, for sigmoid heads."""
        logits = np.log(np.maximum(mean, _TINY))
        if complement is not None:
            logits -= np.log(np.maximum(complement, _TINY)) * self.sigmoid
        return self.squash(logits * self.slope + self.offset)


class Decider:
    """Best label and abstention of every head.

    A yes/no head's best label is the likelier one, too. It abstains where its threshold of yes
    says otherwise: from a yes below it, and from a no while yes reaches it.
    """

    def __init__(self, heads: Sequence[Head]) -> None:
        manifests = [head.manifest for head in heads]
        self._segments = Segments.of(len(manifest.labels) for manifest in manifests)
        self._thresholds = np.array(
            [m.thresholds[label] for m in manifests for label in m.labels], dtype=np.float32
        )
        self._margins = np.array([m.margin for m in manifests], dtype=np.float32)
        self._binary = np.flatnonzero([m.binary for m in manifests])
        self._yes = self._segments.starts[self._binary]

    def __call__(self, scores: Floats) -> tuple[Indices, NDArray[np.bool_]]:
        """Return the best label and whether it is abstained from, both (rows, heads)."""
        segments = self._segments
        top = np.maximum.reduceat(scores, segments.starts, axis=1)
        offsets = np.where(scores == top[:, segments.owner], segments.offset, scores.shape[1])
        best: Indices = np.minimum.reduceat(offsets, segments.starts, axis=1)
        best = np.minimum(best, scores.shape[1] - 1 - segments.starts)  # NaN rows stay in bounds
        columns = segments.starts + best
        chosen = np.take_along_axis(scores, columns, axis=1)
        abstained: NDArray[np.bool_] = chosen < self._thresholds[columns]
        if self._binary.size:
            yes = scores[:, self._yes] >= self._thresholds[self._yes]
            abstained[:, self._binary] |= yes & (best[:, self._binary] == 1)
        if self._margins.any():
            others = np.where(segments.offset == best[:, segments.owner], np.float32(0), scores)
            second = np.maximum.reduceat(others, segments.starts, axis=1)
            abstained |= (self._margins > 0) & (chosen - second < self._margins)
        return best, abstained


class Expansion:
    """Head columns to label columns: a yes/no head's one column becomes yes and no."""

    def __init__(self, heads: Sequence[Head]) -> None:
        gather: list[int] = []
        base: list[float] = []
        column = 0
        for head in heads:
            binary = head.manifest.binary
            gather += [column] * 2 if binary else range(column, column + len(head.manifest.labels))
            base += [0.0, 1.0] if binary else [0.0] * len(head.manifest.labels)
            column += len(head.manifest.columns)
        self._gather = np.array(gather, dtype=np.int64)
        self._base = np.array(base, dtype=np.float32)
        self._sign = 1 - 2 * self._base
        self._needed = bool(self._base.any())

    def __call__(self, columns: Floats) -> Floats:
        """Expand (rows, head columns) to (rows, label columns)."""
        if not self._needed:
            return columns
        result: Floats = self._base + self._sign * columns[:, self._gather]
        return result


class Novelty:
    """Which rows are unlike anything that a head learnt from, for all heads with such a limit."""

    def __init__(self, heads: Sequence[Head], starts: Mapping[Run, int]) -> None:
        """Find the heads' columns; `starts` holds the first one of every run."""
        self._heads = len(heads)
        self._at = np.flatnonzero([head.unlike is not None for head in heads])
        spread, nearest, views, limits = [], [], [], []
        for head in (heads[int(index)] for index in self._at):
            table, size = head.manifest.unlike, head.maps[-1].columns
            assert table is not None  # noqa: S101 - as `unlike` is there
            start = starts[head.name, head.version, len(head.members)]
            spread.append(np.arange(start, start + table.rank))
            nearest.append(np.arange(start + table.rank, start + size))
            views.append(len(table.views))
            limits.append(table.limit)
        if spread:
            self._spread, self._nearest = np.concatenate(spread), np.concatenate(nearest)
            self._spread_starts = Segments.of(map(len, spread)).starts
            self._nearest_starts = Segments.of(map(len, nearest)).starts
            self._views = np.array(views, dtype=np.float32)
            self._limits = np.array(limits, dtype=np.float32)

    def __call__(self, columns: Floats) -> Bools:
        """Compare distances with limits  # (rows, columns of all runs) -> (rows, heads).

        A distance that is no number is beyond every limit.
        """
        unlike: Bools = np.zeros((len(columns), self._heads), dtype=np.bool_)
        if self._at.size:
            unlike[:, self._at] = ~(self.distances(columns) <= self._limits)
        return unlike

    def distances(self, columns: Floats) -> Floats:
        """Return the distance from what was learnt  # (rows, heads that have a limit)."""
        squares = columns[:, self._spread] ** 2
        spread: Floats = np.add.reduceat(squares, self._spread_starts, axis=1)
        nearest = np.maximum.reduceat(columns[:, self._nearest], self._nearest_starts, axis=1)
        result: Floats = self._views - spread - nearest
        return result


class Layout:
    """From the columns of `runs` to the answers of `heads`.

    `runs` lists, column block by column block, the (head, place in `Head.maps`) that gave it;
    blocks of heads that were not asked may lie between and are dropped.
    """

    def __init__(self, heads: Sequence[Head], runs: Sequence[tuple[Head, int]]) -> None:
        sizes = [head.maps[place].columns for head, place in runs]
        starts: dict[Run, int] = {}
        for (head, place), start in zip(runs, accumulate(sizes, initial=0), strict=False):
            starts[head.name, head.version, place] = start
        self._novelty = Novelty(heads, starts)
        members = [(head, place) for head, place in runs if place < len(head.members)]
        self._logits = None if len(members) == len(runs) else _columns_of(members, starts)
        self._squash = Squash.of(
            (len(head.manifest.columns), _is_sigmoid(head)) for head, _ in members
        )
        self._average = _averaging(heads, members)
        self._calibrate = Calibrator.of(heads)
        self._expand = Expansion(heads)
        self._decide = Decider(heads)

    def answers(self, columns: Floats) -> Answers:
        """Answer for (rows, columns of `runs`): logits, and what tells of unlike texts."""
        logits = columns if self._logits is None else columns[:, self._logits]
        members, others = self._squash.with_complement(logits)
        complement = None if others is None else self._average(others)
        scores = self._expand(self._calibrate(self._average(members), complement))
        best, abstained = self._decide(scores)
        unlike = self._novelty(columns)
        return Answers(scores, best, abstained | unlike, unlike)

    def distances(self, columns: Floats) -> Floats:
        """Return how far rows are from what was learnt  # (rows, heads that have a limit)."""
        return self._novelty.distances(columns)


def _columns_of(runs: Sequence[tuple[Head, int]], starts: Mapping[Run, int]) -> Indices:
    blocks = [
        starts[head.name, head.version, place] + np.arange(head.maps[place].columns)
        for head, place in runs
    ]
    return np.concatenate(blocks)


def _averaging(heads: Sequence[Head], runs: Sequence[tuple[Head, int]]) -> Averaging:
    starts_of: dict[Run, int] = {}
    column = 0
    for head, member in runs:
        starts_of[head.name, head.version, member] = column
        column += len(head.manifest.columns)
    gather: list[int] = []
    counts: list[int] = []
    for head in heads:
        key = (head.name, head.version)
        firsts = [starts_of[*key, member] for member in range(len(head.members))]
        for label_column in range(len(head.manifest.columns)):
            gather += [first + label_column for first in firsts]
            counts.append(len(firsts))
    sizes = np.array(counts, dtype=np.int64)
    starts = None if (sizes == 1).all() else np.cumsum(sizes) - sizes
    return Averaging(np.array(gather, dtype=np.int64), starts, (1 / sizes).astype(np.float32))


def _is_sigmoid(head: Head) -> bool:
    return head.manifest.kind == "sigmoid"


def _slopes(head: Head) -> list[tuple[float, float]]:
    manifest, calibration = head.manifest, head.manifest.calibration
    if manifest.kind == "softmax":
        return [(1 / (calibration.temperature or 1.0), 0.0)] * len(manifest.columns)
    platt = calibration.platt or {}
    return [platt.get(column, (1.0, 0.0)) for column in manifest.columns]
