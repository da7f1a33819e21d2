"""Laws of what a card promises: intervals, coverage, calibration by label, slices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heads.training.data.dataset import make_dataset
from heads.training.data.tables import Record
from heads.training.data.taxonomy import Task, ThresholdPolicy
from heads.training.evaluation.out_of_fold import Judged, judge
from heads.training.evaluation.trust import COVERAGES, coverage_table, trust_figures
from heads.training.evaluation.trust_tables import trust_section
from heads.training.fitting.thresholds import softmax_thresholds, yes_no_thresholds
from heads.training.metrics import wilson_interval

LABELS = ("good", "bad", "ugly")
TASK = Task("film", "softmax", LABELS, "film", "Which it is.")


def judged(task: Task = TASK, **columns: Any) -> Judged:
    """Judge 30 rows: confident in turn, a third of them wrong, none decided for `ugly`."""
    rows = [
        {"text": "so " * (n % 8 + 1), task.column: task.labels[n % 2], "author": f"p{n}", **columns}
        for n in range(30)
    ]
    data = make_dataset(task, [Record(Path("r.jsonl"), n, row) for n, row in enumerate(rows)])
    right = np.arange(30) % 3 > 0
    best = np.where(right, data.truth, 1 - data.truth)
    scores = np.full((30, len(task.labels)), 0.05)
    scores[np.arange(30), best] = np.where(np.arange(30) < 15, 0.9, 0.6)
    return judge(data, scores, dict.fromkeys(task.labels, 0.8))


@given(st.integers(1, 400), st.floats(0, 1))
def test_an_interval_holds_the_share(rows: int, share: float) -> None:
    """It stays within 0 and 1, holds what was measured, and is narrower for more rows."""
    hits = round(share * rows)
    low, high = wilson_interval(hits, rows)
    assert 0 <= low <= hits / rows + 1e-12
    assert hits / rows - 1e-12 <= high <= 1
    less, more = wilson_interval(hits * 10, rows * 10)
    assert more - less < high - low


def test_an_interval_is_the_one_of_the_book() -> None:
    """Wilson's for 8 of 10 is 0.490 to 0.943; of nothing, nothing is known."""
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_a_target_stands_beside_what_was_measured() -> None:
    """Precision is of the rows decided for the label alone, with its count and interval."""
    policy = ThresholdPolicy(precision=0.9, precisions=(("bad", 0.6),))
    figures = trust_figures(judged(replace(TASK, policy=policy)))["targets"]
    assert {label: its["target"] for label, its in figures.items()} == {
        "good": 0.9,
        "bad": 0.6,
        "ugly": 0.9,
    }
    assert sum(its["decided"] for its in figures.values()) == 15
    hits = sum(its["share"] * its["decided"] for its in figures.values())
    assert hits == pytest.approx(10)
    assert figures["ugly"] == {"target": 0.9, "decided": 0, "share": 0.0, "interval": (0.0, 1.0)}


def test_coverage_runs_from_half_to_all() -> None:
    """At full coverage the accuracy is that of all rows; the probability falls."""
    given_rows = judged()
    table = coverage_table(given_rows.confidence, given_rows.correct)
    assert tuple(row["coverage"] for row in table) == COVERAGES
    assert (COVERAGES[0], COVERAGES[-1]) == (0.5, 1.0)
    assert table[-1]["share"] == pytest.approx(given_rows.correct.mean())
    assert [row["rows"] for row in table] == sorted(row["rows"] for row in table)
    assert [row["confidence"] for row in table] == sorted(
        (row["confidence"] for row in table), reverse=True
    )


def test_calibration_by_label_is_the_gap_of_its_probability() -> None:
    """A label that is never true is wrong by its probability, on all rows."""
    errors = trust_figures(judged())["calibration"]
    assert errors["ugly"] == {"ece": pytest.approx(0.05), "ece_likeliest": 0.0, "likeliest": 0}
    assert errors["good"]["likeliest"] + errors["bad"]["likeliest"] == 30


def test_a_slice_without_data_is_not_recorded() -> None:
    """Columns that rows have are groups with counts; of the others nothing is claimed."""
    slices = trust_figures(judged(native=False, lang="en", region=""))["slices"]
    assert slices["native"]["no"]["rows"] == 30
    assert slices["language"]["en"]["rows"] == 30
    assert {name for name, groups in slices.items() if groups is None} == {
        "region",
        "industry",
        "name_origin",
    }
    assert sum(its["rows"] for its in slices["length"].values()) == 30
    card = "\n".join(trust_section({"author": {"trust": trust_figures(judged(native=False))}}))
    assert "| industry | not recorded | | | |" in card
    assert "| native writer | no | 30 |" in card
    assert "held-out authors" in card


def test_many_values_of_a_column_are_others() -> None:
    """A card names the twelve most frequent values, and counts the rest together."""
    given_rows = judged()
    regions = tuple(f"r{n % 20}" for n in range(30))
    data = replace(given_rows.data, recorded={"region": regions})
    groups = trust_figures(replace(given_rows, data=data))["slices"]["region"]
    assert len(groups) == 13
    assert sum(its["rows"] for its in groups.values()) == 30


def test_older_figures_have_no_such_section() -> None:
    """The card of a bundle of an earlier release reads as it did."""
    assert trust_section({"author": {"rows": 3}}) == []


def test_a_label_may_have_a_target_of_its_own() -> None:
    """A higher target gives that label a higher threshold and leaves the others alone."""
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 600)
    scores = random.dirichlet([1, 1, 1], 600) + 0.7 * np.eye(3)[truth]
    scores /= scores.sum(axis=1, keepdims=True)
    even = softmax_thresholds(scores, truth, LABELS, ThresholdPolicy(precision=0.9))
    strict = ThresholdPolicy(precision=0.9, precisions=(("bad", 0.99),))
    some = softmax_thresholds(scores, truth, LABELS, strict)
    assert some["bad"] > even["bad"]
    assert (some["good"], some["ugly"]) == (even["good"], even["ugly"])
    decided = (scores.argmax(axis=1) == 1) & (scores.max(axis=1) >= some["bad"])
    assert (truth[decided] == 1).mean() >= 0.99
    yes = yes_no_thresholds(scores[:, 1], truth == 1, replace(strict, precisions=(("yes", 0.99),)))
    assert yes["yes"] > yes_no_thresholds(scores[:, 1], truth == 1, ThresholdPolicy())["yes"]
