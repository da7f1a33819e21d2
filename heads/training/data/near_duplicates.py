"""Finds near-duplicate texts: exact Jaccard similarity of 4-grams by an inverted index."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_NONE = np.empty(0, dtype=np.int64)
_NUMBERS = re.compile(r"\d+")
_ADDRESSES = re.compile(r"\S+@\S+")
_SPACES = re.compile(r"\s+")


def folded(text: str) -> str:
    """Return the text without differences of case and white space."""
    return " ".join(text.casefold().split())


def normalised(text: str) -> str:
    """Lower the case, mask addresses and numbers, collapse spaces."""
    masked = _NUMBERS.sub("0", _ADDRESSES.sub("@", text.lower()))
    return _SPACES.sub(" ", masked).strip()


def four_grams(text: str) -> frozenset[str]:
    """Return the character 4-grams of the normalised text; a shorter one is its only gram."""
    clean = normalised(text)
    return frozenset(clean[i : i + 4] for i in range(len(clean) - 3)) or frozenset([clean])


def similar_pairs(
    texts: Sequence[str], threshold: float, *, against: Sequence[str] | None = None
) -> Iterator[tuple[int, int, float]]:
    """Yield all pairs (i, j, similarity) with Jaccard >= threshold, none missed.

    Without `against`: i < j within `texts`. With it: i in `texts`, j in `against`.
    Prefix filtering (Chaudhuri et al. 2006): grams are ordered rarest first, and two sets
    that similar must share one among their first `|s| - ceil(t * |s|) + 1` grams.
    """
    rows, count = _ranked([four_grams(text) for text in (*texts, *(against or ()))])
    left, right = rows[: len(texts)], rows if against is None else rows[len(texts) :]
    table, index = _Table(right, count), _index(right, threshold)
    for i, row in enumerate(left):
        found = [index[rank] for rank in _prefix(row, threshold).tolist() if rank in index]
        others = np.unique(np.concatenate(found)) if found else _NONE
        others = others[others > i] if against is None else others
        others, similarities = table.similar(row, others, threshold)
        for j, similarity in zip(others.tolist(), similarities.tolist(), strict=True):
            yield i, j, similarity


class _Table:
    """Sets of grams side by side, so that one is compared with many at once."""

    def __init__(self, rows: Sequence[Ints], count: int) -> None:
        """Take sets of numbers under `count`, none empty."""
        self._sizes = np.array([len(row) for row in rows], dtype=np.int64)
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._grams = np.concatenate(rows) if rows else _NONE
        self._asked = np.zeros(count, dtype=np.int64)

    def similar(
        self, row: Ints, others: Ints, threshold: float
    ) -> tuple[Ints, NDArray[np.float64]]:
        """Return those of the sets `others` that are similar to `row`, and how similar."""
        size, sizes = len(row), self._sizes[others]
        small, large = np.minimum(size, sizes), np.maximum(size, sizes)
        others = others[small >= threshold * large]
        if not len(others):
            return others, np.empty(0)
        sizes = self._sizes[others]
        begins = np.cumsum(sizes) - sizes
        places = np.arange(sizes.sum()) + np.repeat(self._starts[others] - begins, sizes)
        self._asked[row] = 1
        shared = np.add.reduceat(self._asked[self._grams[places]], begins)
        self._asked[row] = 0
        similarities = shared / (size + sizes - shared)
        kept = similarities >= threshold
        return others[kept], similarities[kept]


def _ranked(sets: Sequence[frozenset[str]]) -> tuple[list[Ints], int]:
    """Return each set as numbers of its grams, in order, the rarest being 0; and their count."""
    frequency = Counter(gram for grams in sets for gram in grams)
    ordered = sorted(frequency, key=lambda gram: (frequency[gram], gram))
    ranks = {gram: rank for rank, gram in enumerate(ordered)}
    return [np.array(sorted(ranks[gram] for gram in grams)) for grams in sets], len(ranks)


def _index(rows: Sequence[Ints], threshold: float) -> dict[int, Ints]:
    """Return by gram the rows that have it among their first ones."""
    index: dict[int, list[int]] = {}
    for j, row in enumerate(rows):
        for rank in _prefix(row, threshold).tolist():
            index.setdefault(rank, []).append(j)
    return {rank: np.array(places) for rank, places in index.items()}


def _prefix(row: Ints, threshold: float) -> Ints:
    needed = int(-(-threshold * len(row) // 1))
    return row[: len(row) - needed + 1]
