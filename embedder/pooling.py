"""How views pool tokens: which of a row they average, and how an item's rows become one vector."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embedder.views import Pooling, View

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]


def ends(pooling: Pooling, lengths: Ints, text_lengths: Ints) -> Ints:
    """Return how many of each row's tokens a pooling is the mean of, from the first: (rows,)."""
    match pooling:
        case "mean":
            return lengths
        case "text":
            return text_lengths
        case "cls":
            return np.ones_like(lengths)


def weights(pooling: Pooling, lengths: Ints, text_lengths: Ints) -> Ints:
    """Return what each row of an item counts for beside its others: (rows,)."""
    return text_lengths if pooling == "text" else lengths


def join_windows(
    rows: Floats, owners: Ints, views: Sequence[View], lengths: Ints, text_lengths: Ints
) -> Floats:
    """Average the rows of every item: (rows, views, dim) -> (items, views, dim)."""
    items = int(owners[-1]) + 1
    if items == len(rows):
        return rows
    by_view = [weights(view.pooling, lengths, text_lengths) for view in views]
    shares = np.stack(by_view, axis=1).astype(np.float32)[:, :, None]  # (rows, views, 1)
    starts = np.searchsorted(owners, np.arange(items))
    joined = np.add.reduceat(rows * shares, starts) / np.add.reduceat(shares, starts)
    return joined.astype(np.float32)
