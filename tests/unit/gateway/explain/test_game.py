"""Shares of segments: what games with a known answer demand of them."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.explain.game import Kept, asked_sets, shares, smallest_change
from gateway.offline.explanations import exact_shapley
from tests.support.examples import examples

WORTH = st.lists(st.floats(-5, 5), min_size=1, max_size=4)


def every(count: int) -> list[Kept]:
    """Return every set of so many segments, the empty one too."""
    sizes = range(count + 1)
    return [frozenset(kept) for size in sizes for kept in combinations(range(count), size)]


def test_at_most_nine_texts_are_read_for_four_segments() -> None:
    """2S + 1: all, each alone, all without each; fewer where these are the same."""
    assert [len(asked_sets(count)) for count in range(5)] == [0, 1, 3, 7, 9]
    assert asked_sets(3)[0] == frozenset(range(3))


@settings(max_examples=examples(100))
@given(worth=WORTH, pairs=st.floats(-3, 3))
def test_shares_are_shapleys_where_segments_act_alone_or_in_pairs(
    worth: list[float], pairs: float
) -> None:
    """Whatever is more than a pair's doing is where the two may differ."""
    count = len(worth)
    values = {
        kept: sum(worth[i] for i in kept) + pairs * len(kept) * (len(kept) - 1) / 2
        for kept in every(count)
    }
    assert shares(values, count) == pytest.approx(exact_shapley(values, count), abs=1e-6)


@settings(max_examples=examples(100))
@given(st.data())
def test_shapley_values_sum_to_the_whole(data: st.DataObject) -> None:
    """The reference is efficient, and gives nothing to a segment that changes nothing."""
    values = {kept: data.draw(st.floats(-5, 5)) for kept in every(3)}
    silent = {**values}
    for kept in every(3):
        silent[kept] = values[kept - {2}]
    whole, nothing = values[frozenset(range(3))], values[frozenset()]
    assert sum(exact_shapley(values, 3)) == pytest.approx(whole - nothing, abs=1e-6)
    assert exact_shapley(silent, 3)[2] == pytest.approx(0, abs=1e-6)
    assert shares(silent, 3)[2] == pytest.approx(0, abs=1e-6)


def test_the_smallest_deletion_that_changes_the_outcome_is_told() -> None:
    """One segment before two, the shorter before the longer; none where nothing changes."""
    whole = frozenset(range(3))
    outcomes: dict[Kept, object] = dict.fromkeys(asked_sets(3), "yes")
    assert smallest_change(outcomes, (5, 5, 5)) is None
    outcomes[frozenset({0})] = "no"
    assert smallest_change(outcomes, (5, 5, 5)) == frozenset({1, 2})
    outcomes[whole - {0}] = outcomes[whole - {1}] = "no"
    assert smallest_change(outcomes, (9, 4, 5)) == frozenset({1})
    assert smallest_change({**outcomes, frozenset(): "no"}, (9, 4, 5)) == frozenset({1})
