"""Buckets of times, 20 a decade, and percentiles read from them."""

import math
from collections.abc import Mapping, Sequence

EDGES_MS: tuple[float, ...] = tuple(round(0.01 * 10 ** (step / 20), 6) for step in range(141))
"""From 10 microseconds to 100 seconds, each 12 % above the one before.

Bucket n holds the times from edge n-1 up to, not with, edge n. Stored figures name buckets by
number, so these edges never change.
"""


def bucket_of(ms: float) -> int:
    """Return the number of the bucket that holds a time."""
    return sum(edge <= ms for edge in EDGES_MS)


def percentiles(buckets: Mapping[int, int], quantiles: Sequence[float]) -> list[float | None]:
    """Return the times below which these shares of all lie, exact to a bucket's width (12 %).

    Within a bucket times count as evenly spread over its logarithm. None where there are none.
    """
    return [_percentile(sorted(buckets.items()), quantile) for quantile in quantiles]


def _percentile(buckets: Sequence[tuple[int, int]], quantile: float) -> float | None:
    wanted = quantile * sum(rows for _, rows in buckets)
    below = 0.0
    for number, rows in buckets:
        if rows and below + rows >= wanted:
            return _within(number, (wanted - below) / rows)
        below += rows
    return None


def _within(number: int, share: float) -> float:
    low = EDGES_MS[max(number, 1) - 1] if number else EDGES_MS[0] / 2
    high = EDGES_MS[min(number, len(EDGES_MS) - 1)]
    return math.exp(math.log(low) + share * (math.log(max(high, low)) - math.log(low)))
