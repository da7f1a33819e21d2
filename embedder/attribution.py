"""Divide the product of a direction and a pooled vector among the tokens it was pooled from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embedder.api import Direction
from embedder.errors import Internal
from embedder.pooling import ends, weights
from embedder.tokenizer import Tokens
from embedder.views import View

Floats = NDArray[np.float32]
PARTS: Final = ("shares", "pooled", "norms")
"""The names of an attribution's arrays."""
PrefixMeans = Callable[[int, Sequence[int]], Sequence[Floats]]
"""A window's index and layers -> at each layer the means of its first 1, 2, ... tokens, (length,
dim) each: the n-th token's state is n of the n-th less n - 1 of the one before. So a runtime that
gives means gives states, and they leave it nowhere else."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What each token gives to the product of a direction and the pooled vector.

    `shares` (directions, tokens) float32, zero for tokens that the view leaves out; they sum to
    `pooled` (directions,). `norms` (directions,) are the lengths of the pooled vectors.
    """

    shares: Floats
    pooled: Floats
    norms: Floats

    @property
    def content(self) -> dict[str, bytes]:
        """Return the arrays as little-endian float32 bytes, by the names in PARTS."""
        return {name: getattr(self, name).astype("<f4").tobytes() for name in PARTS}


def shares_of(prefix_means: PrefixMeans, tokens: Tokens, directions: Sequence[Direction]) -> Shares:
    """Attribute every direction's product to the tokens of one input, windows side by side.

    Raises `Internal` for numbers that are not finite.
    """
    views = [View.parse(direction.view) for direction in directions]
    layers = sorted({view.layer for view in views})
    windows = range(len(tokens.windows))
    means = [dict(zip(layers, prefix_means(w, layers), strict=True)) for w in windows]
    rows, pooled, norms = [], [], []
    for direction, view in zip(directions, views, strict=True):
        vector = direction.vector.astype(np.float64)
        parts = [
            _Part(means[window][view.layer], end, share)
            for window, end, share in _extents(tokens, view)
        ]
        mean = sum((part.mean for part in parts), start=np.zeros_like(vector))
        rows.append(np.concatenate([part.states() @ vector for part in parts]))
        pooled.append(mean @ vector)
        norms.append(np.linalg.norm(mean))
    result = Shares(*(np.array(part, np.float32) for part in (rows, pooled, norms)))
    if not all(np.isfinite(part).all() for part in (result.shares, result.pooled, result.norms)):
        raise Internal("the runtime gave numbers that are not finite")
    return result


@dataclass(frozen=True, slots=True)
class _Part:
    """One window's part of a pooled vector: the mean of its first `end` tokens, times `share`."""

    means: Floats  # (length, dim)
    end: int
    share: float

    @property
    def mean(self) -> NDArray[np.float64]:
        mean: NDArray[np.float64] = self.means[self.end - 1].astype(np.float64) * self.share
        return mean

    def states(self) -> NDArray[np.float64]:
        """Return each token's part of `mean`  # (length, dim), zeros beyond `end`."""
        counts = np.arange(1, self.end + 1)[:, None]
        sums = self.means[: self.end].astype(np.float64) * counts
        states = np.zeros(self.means.shape)
        states[: self.end] = np.diff(sums, axis=0, prepend=0) * (self.share / self.end)
        return states


def _extents(tokens: Tokens, view: View) -> list[tuple[int, int, float]]:
    """Return each window's index, the tokens of it that a view reads, and its share of the mean."""
    lengths = np.array([window.size for window in tokens.windows], np.int32)
    text_lengths = np.array(tokens.text_lengths, np.int32)
    counts = ends(view.pooling, lengths, text_lengths).tolist()
    of = weights(view.pooling, lengths, text_lengths)
    shares = (of / of.sum()).tolist()
    return [(w, counts[w], shares[w]) for w in range(len(counts))]
