"""Work out how often LRU caches would hit: all sizes at once, by stack distances.

Source: R. L. Mattson and others, Evaluation techniques for storage hierarchies, IBM Systems
Journal 9(2), 1970. A text hits a cache of n entries iff fewer than n others came since.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from embedder.batching.cache import CachedText
from loadtests.traffic.corpus import TextStream


@dataclass(frozen=True)
class CachePoint:
    """A cache size, what it hits of the given traffic, and the memory it takes."""

    entries: int
    hit_ratio: float
    memory_bytes: int


def stack_distances(keys: Iterable[Hashable]) -> list[int]:
    """Return for each key how many distinct others came since its last time; -1 the first time."""
    sequence = list(keys)
    tree = [0] * (len(sequence) + 1)  # Fenwick tree: 1 where a key was seen last
    last: dict[Hashable, int] = {}
    distances = []
    for now, key in enumerate(sequence, start=1):
        before = last.get(key)
        if before is None:
            distances.append(-1)
        else:
            distances.append(_sum(tree, now - 1) - _sum(tree, before))
            _add(tree, before, -1)
        _add(tree, now, 1)
        last[key] = now
    return distances


def hit_curve(
    keys: Iterable[Hashable], entry_bytes: int, sizes: Sequence[int] = ()
) -> list[CachePoint]:
    """Return hit ratio and memory of caches of `sizes` entries (powers of two if not given)."""
    distances = stack_distances(keys)
    if not distances:
        return []
    total, again = len(distances), sorted(d for d in distances if d >= 0)
    entries = sizes or _powers(sum(d < 0 for d in distances))
    return [CachePoint(size, _fewer(again, size) / total, size * entry_bytes) for size in entries]


def smallest_enough(curve: Sequence[CachePoint], tolerance: float = 0.01) -> CachePoint:
    """Return the smallest cache that hits within `tolerance` (of all texts) of the largest."""
    enough = max(point.hit_ratio for point in curve) - tolerance
    return min((p for p in curve if p.hit_ratio >= enough), key=lambda p: p.entries)


def entry_bytes(dim: int, views: int) -> int:
    """Return the bytes that the embedder's cache counts for one text with so many views."""
    vectors = {str(view): bytes(4 * dim) for view in range(views)}
    return CachedText(vectors, tokens=0, tokens_total=0, truncated=False).size


def modelled(stream: TextStream, count: int) -> list[str]:
    """Return the first `count` texts of modelled traffic."""
    return [text.words for text in itertools.islice(stream, count)]


def logged(path: Path) -> list[str]:
    """Read a log of digests, one a line in the order of arrival, leaving blank lines out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _powers(most: int) -> list[int]:
    sizes = [2**power for power in range(max(1, most).bit_length())]
    return [size for size in sizes if size < most] + [max(1, most)]


def _fewer(ordered: Sequence[int], size: int) -> int:
    """Count those of the ascending `ordered` that are below `size`."""
    return bisect_left(ordered, size)


def _add(tree: list[int], index: int, change: int) -> None:
    while index < len(tree):
        tree[index] += change
        index += index & -index


def _sum(tree: Sequence[int], index: int) -> int:
    total = 0
    while index > 0:
        total += tree[index]
        index -= index & -index
    return total
