"""What each of a few segments gives to a value, from the value of some of their sets.

Exact Shapley values need every set of segments, 2**S forwards. The mean of what a segment gives
alone and what it takes away when it goes needs 2S + 1, and agrees with them to 0.999 (README).
"""

from __future__ import annotations

from collections.abc import Mapping

Kept = frozenset[int]
"""A set of segments, by index."""


def asked_sets(count: int) -> tuple[Kept, ...]:
    """Return the sets to value: all segments first, then each alone, then all without each."""
    whole = frozenset(range(count))
    alone = [frozenset({index}) for index in range(count)]
    rest = [whole - {index} for index in range(count)]
    return tuple(kept for kept in dict.fromkeys((whole, *alone, *rest)) if kept)


def shares(values: Mapping[Kept, float], count: int) -> tuple[float, ...]:
    """Return each segment's share of the value, from those of `asked_sets` and of the empty set."""
    whole, nothing = frozenset(range(count)), values[frozenset()]
    return tuple(
        ((values[frozenset({i})] - nothing) + (values[whole] - values[whole - {i}])) / 2
        for i in range(count)
    )


def smallest_change(outcomes: Mapping[Kept, object], sizes: tuple[int, ...]) -> Kept | None:
    """Return the segments whose deletion changes the outcome: as few as can be, then as short.

    Among the sets that are known; None where all have the outcome of the whole. The empty set is
    no text, and left out.
    """
    whole = frozenset(range(len(sizes)))
    changing = [
        whole - kept for kept, outcome in outcomes.items() if kept and outcome != outcomes[whole]
    ]
    return min(
        changing,
        key=lambda gone: (len(gone), sum(sizes[i] for i in gone), sorted(gone)),
        default=None,
    )
