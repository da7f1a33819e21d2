"""Turns member logits into labelled scores: averages, calibrates, decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.inference.head import Head
from heads.inference.ragged import Segments, Squash

_TINY = np.float32(1e-12)

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """All heads' answers: scores (rows, label columns), best and abstained (rows, heads)."""

    scores: Floats
    best: Indices
    abstained: NDArray[np.bool_]


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
    """Best label and abstention of every head; yes/no heads decide by the threshold of yes."""

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
        if self._binary.size:
            best[:, self._binary] = scores[:, self._yes] < self._thresholds[self._yes]
        columns = segments.starts + best
        chosen = np.take_along_axis(scores, columns, axis=1)
        abstained: NDArray[np.bool_] = chosen < self._thresholds[columns]
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


class Layout:
    """From the logits of `runs` to the answers of `heads`.

    `runs` lists, column block by column block, the (head, member) that gave it; blocks of heads
    that were not asked may lie between and are dropped.
    """

    def __init__(self, heads: Sequence[Head], runs: Sequence[tuple[Head, int]]) -> None:
        self._squash = Squash.of(
            (len(head.manifest.columns), _is_sigmoid(head)) for head, _ in runs
        )
        self._average = _averaging(heads, runs)
        self._calibrate = Calibrator.of(heads)
        self._expand = Expansion(heads)
        self._decide = Decider(heads)

    def answers(self, logits: Floats) -> Answers:
        """Answer for (rows, columns of `runs`) logits."""
        members, others = self._squash.with_complement(logits)
        complement = None if others is None else self._average(others)
        scores = self._expand(self._calibrate(self._average(members), complement))
        return Answers(scores, *self._decide(scores))


def _averaging(heads: Sequence[Head], runs: Sequence[tuple[Head, int]]) -> Averaging:
    starts_of: dict[tuple[str, str, int], int] = {}
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
