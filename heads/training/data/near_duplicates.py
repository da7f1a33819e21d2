"""Finds near-duplicate texts: exact Jaccard similarity of 4-grams by an inverted index."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

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


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the size of the intersection over the size of the union."""
    return len(first & second) / len(first | second)


def similar_pairs(
    texts: Sequence[str], threshold: float, *, against: Sequence[str] | None = None
) -> Iterator[tuple[int, int, float]]:
    """Yield all pairs (i, j, similarity) with Jaccard >= threshold, none missed.

    Without `against`: i < j within `texts`. With it: i in `texts`, j in `against`.
    Prefix filtering (Chaudhuri et al. 2006): grams are ordered rarest first, and two sets
    that similar must share one among their first `|s| - ceil(t * |s|) + 1` grams.
    """
    left = [four_grams(text) for text in texts]
    right = left if against is None else [four_grams(text) for text in against]
    frequency = Counter(
        gram for grams in (left if against is None else [*left, *right]) for gram in grams
    )
    index: dict[str, list[int]] = {}
    for j, grams in enumerate(right):
        for gram in _prefix(grams, frequency, threshold):
            index.setdefault(gram, []).append(j)
    for i, grams in enumerate(left):
        seen: set[int] = set()
        for gram in _prefix(grams, frequency, threshold):
            seen.update(index.get(gram, ()))
        for j in sorted(seen):
            if against is None and j <= i:
                continue
            similarity = _similar(grams, right[j], threshold)
            if similarity >= threshold:
                yield i, j, similarity


def _prefix(grams: frozenset[str], frequency: Counter[str], threshold: float) -> list[str]:
    ordered = sorted(grams, key=lambda gram: (frequency[gram], gram))
    needed = int(-(-threshold * len(ordered) // 1))
    return ordered[: len(ordered) - needed + 1]


def _similar(first: frozenset[str], second: frozenset[str], threshold: float) -> float:
    small, large = sorted((len(first), len(second)))
    return 0.0 if small < threshold * large else jaccard(first, second)
