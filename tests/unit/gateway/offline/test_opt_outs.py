"""What is said of `decision.opt_out` as a whole: its shares, their intervals, nothing of a text."""

import pytest

from gateway.offline.opt_outs import opt_out_figures, opt_out_lines

TRUTH = [True, True, True, False, False]
STATES = ["yes", "review", "no", "yes", None]


def test_each_state_is_counted_against_the_truth() -> None:
    """A yes to nobody costs precision, a review finds, a no and an unknown find nothing."""
    figures = opt_out_figures(TRUTH, STATES, list("abcde"))
    assert (figures["rows"], figures["opt_outs"], figures["yes"], figures["unknown"]) == (
        5,
        3,
        2,
        1,
    )
    assert figures["yes_precision"][0] == pytest.approx(1 / 2)
    assert figures["yes_recall"][0] == pytest.approx(1 / 3)
    assert figures["recall"][0] == pytest.approx(2 / 3)
    assert figures["review_share"][0] == pytest.approx(1 / 5)


def test_the_intervals_hold_the_values_and_grow_with_fewer_writers() -> None:
    """Rows of one writer are alike, so twenty of his say less than one of each of twenty."""
    truth, states = [True] * 20 + [False] * 20, (["yes"] * 15 + ["no"] * 5) * 2
    many = opt_out_figures(truth, states, [str(row) for row in range(40)])["yes_recall"]
    few = opt_out_figures(truth, states, [str(row // 5) for row in range(40)])["yes_recall"]
    for value, low, high in (many, few):
        assert low <= value <= high
    assert few[2] - few[1] > many[2] - many[1]


def test_a_share_of_nothing_is_unknown() -> None:
    """Without a yes there is no precision, and without an opt-out no recall."""
    figures = opt_out_figures([False, False], ["no", "review"], ["a", "b"])
    assert figures["yes_precision"] is figures["yes_recall"] is figures["recall"] is None
    assert "precision unknown" in "\n".join(opt_out_lines(figures))
