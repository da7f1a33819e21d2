"""Laws of the study's table, answers and plot: each figure is computed from the points."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from heads.training.study.compared import NAMES, strategies
from heads.training.study.curves import best_cell, best_of, curves_of, gain, rows_for
from heads.training.study.plot import plot
from heads.training.study.points import ROUNDS, Point
from heads.training.study.report import answers, footnote, history_answers, panels, table
from heads.training.study.run import plan
from heads.training.study.strategies import Encoder
from tests.support.study import material

SVM, FINE = "tfidf-svm", "fine-tuned"
# Tuning starts below the n-grams, passes them at 100 rows, and alone reaches 0.8.
MEANS = {SVM: (0.40, 0.55, 0.70), FINE: (0.30, 0.60, 0.85)}
SIZES = (25, 100, 400)


def point(strategy: str, rows: int, f1: float, seed: int = 0, data: str = "topics") -> Point:
    """Make a point whose draws lie around its figure, the same way for every point."""
    noise = np.random.default_rng(1).normal(scale=0.02, size=ROUNDS)
    drawn = tuple((f1 + noise).tolist())
    digest = f"{data} {strategy} {rows} {seed}"
    return Point(digest, data, strategy, rows, seed, f1, f1, drawn, 2.0, {})


def made(data: str = "topics") -> list[Point]:
    """Make two seeds of every point, 0.01 apart."""
    return [
        point(name, rows, f1 + step, seed, data)
        for name, means in MEANS.items()
        for rows, f1 in zip(SIZES, means, strict=True)
        for seed, step in enumerate((-0.005, 0.005))
    ]


def test_a_cell_is_the_mean_of_its_seeds_with_their_and_the_writers_spread() -> None:
    """The interval holds the mean, and is wider than that of one seed."""
    both, one = curves_of(made())[SVM][25], curves_of([point(SVM, 25, 0.4)])[SVM][25]

    assert both.mean == pytest.approx(0.40)
    assert both.seeds == 2
    assert both.interval[0] < 0.40 < both.interval[1]
    assert both.interval[1] - both.interval[0] > one.interval[1] - one.interval[0]


def test_seeds_spread_as_much_as_a_mean_of_so_few_does() -> None:
    """Two seeds 0.2 apart: a standard error of 0.1, of which plain drawing keeps 0.07."""
    flat = [
        replace(point(SVM, 25, f1, seed), resampled=(f1,) * ROUNDS)
        for seed, f1 in enumerate((0.3, 0.5))
    ]
    cell = curves_of(flat)[SVM][25]

    assert float(cell.drawn.std()) == pytest.approx(0.1, rel=0.1)
    assert float(cell.drawn.mean()) == pytest.approx(0.4, abs=0.02)


def test_a_cell_says_of_how_few_seeds_it_is(tmp_path: Path) -> None:
    """Where fewer were made than wanted; and what an interval of one seed is, is said below."""
    encoder = Encoder(tmp_path / "none", tmp_path / "cache")
    wanted = plan([material(tmp_path / "t")], strategies([SVM]), encoder, sizes=(20, 40), seeds=3)
    points = [
        point(SVM, 20, 0.3), *(point(SVM, 40, 0.5, seed) for seed in range(3))
    ]  # fmt: skip
    missing = [place for place in wanted if place.rows == 20 and place.seed]
    (panel,) = panels(points, missing)
    line = table(panel, strategies())[2]

    assert line.count(", 1 of 3 seeds |") == line.count("seeds") == 1
    best = answers(panel, strategies())[0]
    assert "(0.300, 1 of 3 seeds), of 40 rows TF-IDF, linear SVM (0.500)" in best
    assert "judged writers alone" in "".join(footnote(panel))
    assert not footnote(panels(made(), ())[0])
    assert b"hollow" in plot([panel], strategies())
    assert b"hollow" not in plot(panels(made(), ()), strategies())


def test_a_gain_over_other_seeds_says_so() -> None:
    """Of three seeds against one the draws of seeds are no pairs."""
    points = [point(SVM, 25, 0.3), *(point(FINE, 25, 0.5, seed) for seed in range(3))]
    (panel,) = panels(points, ())

    assert ", 3 seeds against 1)" in answers(panel, strategies())[1]


def test_a_gain_is_measured_on_the_same_draws() -> None:
    """Two points that move together differ by what they differ, without spread."""
    curves = curves_of(made())

    assert gain(curves[FINE][400], curves[SVM][400]) == pytest.approx((0.15, 0.15, 0.15))


def test_the_best_is_chosen_in_every_draw() -> None:
    """Of two ways that are as good, the better of a draw is not the one chosen by all rows."""
    high, low = point(SVM, 25, 0.50), point("static", 25, 0.49)
    mirrored = tuple(0.98 - each for each in low.resampled)
    curves = curves_of([high, replace(low, resampled=mirrored)])
    best, plain = best_cell(curves, [SVM, "static"], 25), curves[SVM][25]

    assert best is not None
    assert best_of(curves, [SVM, "static"], 25) == SVM
    assert best.mean == plain.mean
    assert (best.drawn >= np.maximum(high.resampled, mirrored) - 1e-12).all()
    assert best.drawn.mean() > plain.drawn.mean() + 0.005
    assert best_cell(curves, [FINE], 25) is None


def test_rows_for_a_goal_are_those_from_which_it_stays_reached() -> None:
    """A size that reaches it by chance, before one that does not, is none."""
    curve = curves_of(
        [point(SVM, rows, f1) for rows, f1 in ((25, 0.81), (100, 0.7), (400, 0.82), (900, 0.9))]
    )[SVM]

    assert rows_for(curve, 0.8) == (100, 400)
    assert rows_for(curve, 0.95) is None
    assert rows_for(curve, 0.5) == (25, 25)


def test_the_table_has_a_line_a_strategy_and_the_best_of_a_size_bold() -> None:
    """Sizes that were not tried stay empty."""
    (panel,) = panels([*made(), point("static", 100, 0.5)], ())
    lines = table(panel, strategies())

    assert len(lines) == 5
    (svm,) = (line for line in lines if line.startswith("| TF-IDF, linear SVM"))
    assert "**0.400**" in svm
    assert "**0.550**" not in svm
    (static,) = (line for line in lines if line.startswith("| static"))
    assert static.split(" | ")[1] == ""
    assert all(line.count("|") == 6 for line in lines)


def test_the_answers_are_read_off_the_points() -> None:
    """Where tuning overtakes, by how much, who is best, and who reaches the goal when."""
    (panel,) = panels(made(), ())
    best, overtaking, goal = answers(panel, strategies())

    assert best == (
        "- Best: of 25 rows TF-IDF, linear SVM (0.400), of 400 rows fine-tuned encoder (0.850)."
    )
    assert "Tuning overtakes features from 100 rows on." in overtaking
    assert "400 rows +0.150 (+0.150 to +0.150)" in overtaking
    assert "fine-tuned encoder more than 100, at most 400" in goal
    assert "Not reached by TF-IDF, linear SVM (400 rows: 0.700)" in goal


def test_tuning_that_is_behind_at_most_rows_does_not_overtake() -> None:
    """Though it was ahead of some fewer."""
    (panel,) = panels([*made(), *(point(SVM, 900, 0.9), point(FINE, 900, 0.86))], ())

    assert "Tuning does not overtake features up to 900 rows" in answers(panel, strategies())[1]


def test_what_was_not_made_is_named(tmp_path: Path) -> None:
    """With sizes and how many seeds."""
    encoder = Encoder(tmp_path / "none", tmp_path / "cache")
    missing = plan([material(tmp_path / "t")], strategies([SVM]), encoder, sizes=(20, 60), seeds=2)
    (panel,) = panels(made(), missing)

    assert answers(panel, strategies())[-1] == (
        "- Not made for want of time (seeds): tfidf-svm of 20 rows (2), 60 rows (1)."
    )


def test_history_says_what_older_rows_bring() -> None:
    """And what the newest rows are worth beside as many of all times."""
    newest = [point(SVM, 10, 0.5, 0, "log, newest"), point(SVM, 80, 0.6, 0, "log, newest")]
    every = [point(SVM, 10, 0.45, 0, "log, of all times")]
    shown = panels([*newest, *every], ())
    (line,) = history_answers(shown[0], shown[1], strategies([SVM]))

    assert [panel.data for panel in shown] == ["log, newest", "log, of all times"]
    assert "all 80 rows instead of the newest 10 bring +0.100 (+0.100 to +0.100)" in line
    assert "the newest 10 instead of as many of all times bring +0.050" in line


def test_the_plot_names_what_it_shows_and_is_the_same_bytes_twice() -> None:
    """A line a strategy, a panel a material."""
    shown = panels([*made(), *made("banking")], ())
    first, again = plot(shown, strategies()), plot(shown, strategies())

    assert first == again
    assert first.count(b"<!-- fine-tuned encoder -->") == 1
    assert b"<!-- banking -->" in first
    assert plot(shown, strategies(), "png").startswith(b"\x89PNG")


def test_every_strategy_has_its_place_in_the_plot() -> None:
    """Names, colours and markers are of the same number."""
    assert tuple(strategy.name for strategy in strategies()) == NAMES
