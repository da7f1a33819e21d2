"""Computes softmax and sigmoid over many ragged runs of columns at once, unpadded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Segments:
    """Neighbouring columns that belong together.

    starts (segments,), owner (columns,) -> segment, offset (columns,) within its segment.
    """

    starts: Indices
    owner: Indices
    offset: Indices

    @classmethod
    def of(cls, lengths: Iterable[int]) -> Segments:
        """Make segments of these lengths, each at least 1, side by side."""
        sizes = np.array(list(lengths), dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        owner = np.repeat(np.arange(len(sizes)), sizes)
        return cls(starts, owner, np.arange(len(owner)) - starts[owner])


@dataclass(frozen=True, slots=True)
class Squash:
    """Logits to probabilities: softmax within a segment, or sigmoid for a segment of one.

    sigmoid(z) is the softmax of (z, 0), so both are one formula; sigmoid (segments,) holds 1.0
    for segments with that second, silent zero.
    """

    segments: Segments
    sigmoid: Floats
    floor: Floats
    any_sigmoid: bool

    @classmethod
    def of(cls, runs: Iterable[tuple[int, bool]]) -> Squash:
        """Make one for runs of (columns, is sigmoid); a sigmoid run is one segment a column."""
        lengths: list[int] = []
        flags: list[bool] = []
        for columns, is_sigmoid in runs:
            lengths += [1] * columns if is_sigmoid else [columns]
            flags += [is_sigmoid] * (columns if is_sigmoid else 1)
        sigmoid = np.array(flags, dtype=np.float32)
        floor = np.where(sigmoid > 0, 0.0, -np.inf).astype(np.float32)
        return cls(Segments.of(lengths), sigmoid, floor, any(flags))

    def __call__(self, logits: Floats) -> Floats:
        """Turn (rows, columns) logits into probabilities, stable for large logits."""
        return self.with_complement(logits)[0]

    def with_complement(self, logits: Floats) -> tuple[Floats, Floats | None]:
        """Return also 1 - p, exact where p rounds to 1, for sigmoid columns; None without any."""
        segments = self.segments
        top: Floats = np.maximum(np.maximum.reduceat(logits, segments.starts, axis=1), self.floor)
        raised: Floats = np.exp(logits - top[:, segments.owner])
        total: Floats = np.add.reduceat(raised, segments.starts, axis=1)
        if not self.any_sigmoid:
            return raised / total[:, segments.owner], None
        silent: Floats = np.exp(-np.maximum(top, 0))
        total += self.sigmoid * silent
        return raised / total[:, segments.owner], (silent / total)[:, segments.owner]
