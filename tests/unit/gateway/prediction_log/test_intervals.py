"""Intervals, tests and percentiles of statistics, against SciPy's and by their laws."""

import numpy as np
import pytest
from scipy import stats

from gateway.prediction_log.statistics.buckets import EDGES_MS, bucket_of, percentiles
from gateway.prediction_log.statistics.intervals import (
    chi_squared,
    holm,
    mean_difference,
    normal_p,
    paired_difference,
    proportion,
    share_difference,
)


@pytest.mark.parametrize(("rows", "of"), [(0, 10), (1, 10), (10, 10), (37, 120), (5000, 99_999)])
def test_shares_have_wilsons_interval(rows: int, of: int) -> None:
    """As SciPy computes it, also for none and for all."""
    expected = stats.binomtest(rows, of).proportion_ci(method="wilson")
    share = proportion(rows, of)
    assert share.share == rows / of
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high))


def test_no_rows_have_no_share() -> None:
    """Nothing is claimed of nothing."""
    empty = proportion(0, 0)
    assert (empty.share, empty.low, empty.high) == (None, None, None)
    assert share_difference(empty, proportion(1, 2)) is None
    assert mean_difference((0, 0, 0), (9, 1, 1)) is None


def test_a_difference_of_shares_is_newcombes() -> None:
    """The published example 56/70 against 48/80, method 10: 0.0524 to 0.3339 (Newcombe 1998)."""
    difference = share_difference(proportion(56, 70), proportion(48, 80))
    assert difference is not None
    assert (difference.low, difference.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_two_shares_are_tested_as_a_table_of_two_by_two() -> None:
    """The pooled z test is the chi-squared test of that table; too few rows have no p value."""
    difference = share_difference(proportion(56, 70), proportion(48, 80))
    assert difference is not None
    expected = stats.chi2_contingency([[56, 14], [48, 32]], correction=False).pvalue
    assert difference.p_value == pytest.approx(expected)
    few = share_difference(proportion(1, 4), proportion(3, 4))
    assert few is not None
    assert few.p_value is None


@pytest.mark.parametrize("labels", range(2, 9))
def test_mixes_are_tested_by_chi_squared(labels: int) -> None:
    """Of any number of labels, as SciPy computes it."""
    chance = np.random.default_rng(labels)
    old, new = (chance.integers(40, 90, labels).tolist() for _ in range(2))
    expected = stats.chi2_contingency([old, new], correction=False).pvalue
    assert chi_squared(old, new) == pytest.approx(expected)


def test_rare_labels_are_tested_together() -> None:
    """Labels of which few are expected count as one; where nothing is left there is no test."""
    assert chi_squared([50, 3, 3], [50, 3, 3]) == chi_squared([50, 6], [50, 6])
    assert chi_squared([50, 1], [50, 0]) is None
    assert chi_squared([50, 20], [0, 0]) is None
    assert chi_squared([], []) is None
    assert chi_squared([50, 20], [50, 20]) == 1


def test_means_are_compared_by_their_moments() -> None:
    """Difference and interval come from rows, sums and squares alone."""
    chance = np.random.default_rng(1)
    old, new = chance.beta(5, 2, 4000), chance.beta(5.2, 2, 3000)
    difference = mean_difference(*((len(x), x.sum(), (x * x).sum()) for x in (new, old)))
    assert difference is not None
    expected = stats.ttest_ind(new, old, equal_var=False)
    assert difference.value == pytest.approx(new.mean() - old.mean())
    assert difference.p_value == pytest.approx(expected.pvalue, rel=0.01)
    interval = expected.confidence_interval()
    assert (difference.low, difference.high) == pytest.approx((interval.low, interval.high), rel=0.01)  # fmt: skip  # noqa: E501


def test_p_values_are_adjusted_for_their_number() -> None:
    """Holm's published steps: 0.01, 0.04, 0.03, 0.005 become 0.03, 0.06, 0.06, 0.02."""
    assert holm([0.01, 0.04, None, 0.03, 0.005]) == pytest.approx([0.03, 0.06, None, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert normal_p(1.959963984540054) == pytest.approx(0.05)


def test_percentiles_are_exact_to_a_buckets_width() -> None:
    """Of ten thousand times of any size, within 12 % of those that sorting finds."""
    times = np.random.default_rng(3).lognormal(2, 1.5, 10_000)
    buckets: dict[int, int] = {}
    for ms in times:
        buckets[bucket_of(ms)] = buckets.get(bucket_of(ms), 0) + 1
    found = percentiles(buckets, (0.5, 0.9, 0.99))
    assert found == pytest.approx(list(np.quantile(times, (0.5, 0.9, 0.99))), rel=0.12)
    assert percentiles({}, (0.5,)) == [None]
    assert percentiles({len(EDGES_MS): 3}, (0.5,)) == [pytest.approx(EDGES_MS[-1])]


def test_buckets_never_change() -> None:
    """Stored figures name them by number: 141 edges, 20 a decade from a hundredth of a ms."""
    assert (len(EDGES_MS), EDGES_MS[0], EDGES_MS[20], EDGES_MS[-1]) == (141, 0.01, 0.1, 100_000)
    assert [bucket_of(ms) for ms in (0, 0.01, 0.0112, 0.1, 1e9)] == [0, 1, 1, 21, 141]


@pytest.mark.parametrize(("only_new", "only_old"), [(0, 6), (12, 3), (700, 640)])
def test_pairs_are_tested_by_mcnemar(only_new: int, only_old: int) -> None:
    """As a fair coin's tosses: exactly, by the normal where there are many."""
    difference = paired_difference(40, only_new, only_old, 20)
    assert difference is not None
    expected = stats.binomtest(only_new, only_new + only_old).pvalue
    assert difference.p_value == pytest.approx(expected, rel=0.05)
    assert difference.value == pytest.approx((only_new - only_old) / (60 + only_new + only_old))


def test_a_paired_difference_is_mirrored_with_its_sides() -> None:
    """New against old is old against new, turned round; rows of nothing have none."""
    one, other = paired_difference(30, 9, 4, 7), paired_difference(30, 4, 9, 7)
    assert one is not None
    assert other is not None
    assert (other.value, other.low, other.high) == pytest.approx((-one.value, -one.high, -one.low))
    assert paired_difference(0, 0, 0, 0) is None
    same = paired_difference(5, 0, 0, 5)
    assert same is not None
    assert same.p_value is None


def test_a_paired_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Of 2000 draws of 80 pairs with a difference of 0.1, the interval holds it in 93 to 98 %."""
    chance = np.random.default_rng(5)
    held = 0
    for both, new, old, neither in chance.multinomial(80, [0.5, 0.2, 0.1, 0.2], 2000).tolist():
        difference = paired_difference(both, new, old, neither)
        assert difference is not None
        held += difference.low <= 0.1 <= difference.high
    assert 0.93 < held / 2000 < 0.98
