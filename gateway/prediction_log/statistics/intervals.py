"""Intervals and tests of counted shares: Wilson, Newcombe, McNemar, chi-squared, Holm."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z = 1.959963984540054
"""The standard normal's 97.5 % point: all intervals are of 95 %."""
_LEAST_EXPECTED = 5.0
_MANY = 1000


@dataclass(frozen=True, slots=True)
class Proportion:
    """A count, of how many, its share and that share's interval; None where there are none."""

    rows: int
    of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a share or a mean is more in one group than in another, with an interval of 95 %.

    `p_value` is None where the counts are too few for the test.
    """

    value: float
    low: float
    high: float
    p_value: float | None


def proportion(rows: int, of: int) -> Proportion:
    """Return a share with Wilson's interval (1927), which holds for few rows and shares near 0."""
    if not of:
        return Proportion(rows, of, None, None, None)
    share = rows / of
    weight = Z * Z / of
    middle = (share + weight / 2) / (1 + weight)
    half = Z / (1 + weight) * math.sqrt(share * (1 - share) / of + weight / (4 * of))
    return Proportion(
        rows, of, share,
        0.0 if rows == 0 else max(0.0, middle - half),
        1.0 if rows == of else min(1.0, middle + half),
    )  # fmt: skip


def share_difference(new: Proportion, old: Proportion) -> Difference | None:
    """Return how much larger `new` is, by Newcombe's method 10 (1998); p by the pooled z test."""
    known, other = _known(new), _known(old)
    if known is None or other is None:
        return None
    (share, low, high), (old_share, old_low, old_high) = known, other
    value = share - old_share
    return Difference(
        value,
        value - math.hypot(share - low, old_high - old_share),
        value + math.hypot(high - share, old_share - old_low),
        two_proportions(new, old),
    )


def paired_difference(both: int, only_new: int, only_old: int, neither: int) -> Difference | None:
    """Return how much larger `new`'s share is of rows that both judge; None where there are none.

    Newcombe's method 10 for pairs (1998, paper 2); p by McNemar's test.
    """
    of = both + only_new + only_old + neither
    new, old = proportion(both + only_new, of), proportion(both + only_old, of)
    known, other = _known(new), _known(old)
    if known is None or other is None:
        return None
    (share, low, high), (old_share, old_low, old_high) = known, other
    value, phi = share - old_share, _correlation(both, only_new, only_old, neither)
    return Difference(
        value,
        value - _joined(share - low, old_high - old_share, phi),
        value + _joined(high - share, old_share - old_low, phi),
        _mcnemar(only_new, only_old),
    )


def two_proportions(a: Proportion, b: Proportion) -> float | None:
    """Return the p value of two shares being one, two-sided; None for too few rows.

    Too few: fewer than 5 expected in any cell of the table.
    """
    pooled = (a.rows + b.rows) / (a.of + b.of)
    if min(a.of, b.of) * min(pooled, 1 - pooled) < _LEAST_EXPECTED:
        return None
    z = (a.rows / a.of - b.rows / b.of) / math.sqrt(pooled * (1 - pooled) * (1 / a.of + 1 / b.of))
    return normal_p(z)


def mean_difference(
    new: tuple[int, float, float], old: tuple[int, float, float]
) -> Difference | None:
    """Return how much larger the mean of `new` is; each is its rows, sum and sum of squares.

    Interval and p by the normal approximation, for hundreds of rows.
    """
    if min(new[0], old[0]) < 2:
        return None
    (mean, variance), (other, other_variance) = _moments(*new), _moments(*old)
    value, error = mean - other, math.sqrt(variance / new[0] + other_variance / old[0])
    p_value = normal_p(value / error) if error else None
    return Difference(value, value - Z * error, value + Z * error, p_value)


def normal_p(z: float) -> float:
    """Return the two-sided p value of a standard normal."""
    return math.erfc(abs(z) / math.sqrt(2))


def chi_squared(first: Sequence[int], second: Sequence[int]) -> float | None:
    """Return the p value of two rows of counts being of one mix, in pairs of the same label.

    Labels of which fewer than 5 are expected count together; None where fewer than two are left.
    """
    columns = _merged(first, second)
    totals = [sum(column[side] for column in columns) for side in (0, 1)]
    if len(columns) < 2 or not all(totals):
        return None
    statistic = 0.0
    for column in columns:
        for side in (0, 1):
            expected = sum(column) * totals[side] / sum(totals)
            statistic += (column[side] - expected) ** 2 / expected
    return _chi_squared_tail(statistic, len(columns) - 1)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p values adjusted for their number, by Holm's method (1979); None stays None."""
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - rank)))
        adjusted[place] = largest
    return adjusted


def _known(share: Proportion) -> tuple[float, float, float] | None:
    if share.share is None or share.low is None or share.high is None:
        return None
    return share.share, share.low, share.high


def _correlation(both: int, only_new: int, only_old: int, neither: int) -> float:
    """Return phi of a table of pairs, drawn towards 0 by half the rows where it is positive."""
    product: float = both * neither - only_new * only_old
    if product > 0:
        product = max(0, product - (both + only_new + only_old + neither) / 2)
    margins = (both + only_new) * (only_old + neither) * (both + only_old) * (only_new + neither)
    return product / math.sqrt(margins) if margins else 0.0


def _joined(first: float, second: float, phi: float) -> float:
    return math.sqrt(max(0.0, first**2 - 2 * phi * first * second + second**2))


def _mcnemar(only_new: int, only_old: int) -> float | None:
    """Return the exact p value of a fair coin's heads, by the normal beyond a thousand tosses."""
    tosses, fewer = only_new + only_old, min(only_new, only_old)
    if not tosses:
        return None
    if tosses > _MANY:
        return normal_p(max(0, abs(only_new - only_old) - 1) / math.sqrt(tosses))
    tail = sum(math.comb(tosses, heads) for heads in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**tosses))


def _moments(rows: int, total: float, squares: float) -> tuple[float, float]:
    mean = total / rows
    return mean, max(0.0, squares - total * mean) / (rows - 1)


def _merged(first: Sequence[int], second: Sequence[int]) -> list[tuple[int, int]]:
    """Return the columns of the table, those with few expected rows as one."""
    pairs = [pair for pair in zip(first, second, strict=True) if sum(pair)]
    whole = sum(map(sum, pairs)) or 1
    smaller = min(sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)) / whole
    kept = [pair for pair in pairs if sum(pair) * smaller >= _LEAST_EXPECTED]
    few = [pair for pair in pairs if sum(pair) * smaller < _LEAST_EXPECTED]
    rest = (sum(pair[0] for pair in few), sum(pair[1] for pair in few))
    return [*kept, rest] if sum(rest) * smaller >= _LEAST_EXPECTED else kept


def _chi_squared_tail(statistic: float, freedom: int) -> float:
    """Return the chance of so large a value or a larger one; the finite sums of whole degrees."""
    half = statistic / 2
    if freedom % 2 == 0:
        term = total = math.exp(-half)
        for step in range(1, freedom // 2):
            term *= half / step
            total += term
        return min(1.0, total)
    total = math.erfc(math.sqrt(half))
    term = math.exp(-half) / math.sqrt(math.pi * half) if half else 0.0
    for step in range(1, (freedom + 1) // 2):
        term *= half / (step - 0.5)
        total += term
    return min(1.0, total)
