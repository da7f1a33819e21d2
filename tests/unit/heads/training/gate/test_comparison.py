"""Laws of the gate's arithmetic and of what a bundle may be judged on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from heads.bundle.reading import BundleFiles, read_folder
from heads.policy import Gate
from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.provenance import (
    ROWS_FILE,
    held_out,
    known_to_encoder,
    pack_rows,
    row_key,
    row_keys,
    unseen,
)
from heads.training.data.tables import Record
from heads.training.gate.comparison import Decisions, Figure, compare
from heads.training.gate.review_report import confusion_picture, flips
from heads.training.metrics import confusion, label_scores, macro_f1
from tests.support.bundles import make_bundle

LABELS = ("a", "b", "c")
GATE = Gate(min_rows=10, min_label_rows=5)


def decided(truth: np.ndarray, old: np.ndarray, new: np.ndarray, per_author: int = 2) -> Decisions:
    """Make decisions from label indices."""
    tables = [np.arange(len(LABELS)) == column[:, None] for column in (truth, old, new)]
    groups = tuple(f"p{row // per_author}" for row in range(len(truth)))
    return Decisions(LABELS, tables[0], tables[1], tables[2], groups)


def flawed(truth: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Make decisions that are wrong on a share of the rows."""
    random = np.random.default_rng(seed)
    wrong = random.random(len(truth)) < share
    return np.where(wrong, (truth + 1) % len(LABELS), truth)


TRUTH = np.random.default_rng(5).integers(0, 3, size=400)


def by_name(figures: tuple[Figure, ...]) -> dict[str, Figure]:
    """Return figures by what they are of."""
    return {figure.what: figure for figure in figures}


def test_figures_are_those_of_the_confusion_tables() -> None:
    """Old and new are macro-F1 and F1 as the cards tell them."""
    old, new = flawed(TRUTH, 0.3, 1), flawed(TRUTH, 0.1, 2)
    by_figure = by_name(compare(decided(TRUTH, old, new), GATE))
    for name, decisions in (("old", old), ("new", new)):
        table = confusion(TRUTH, decisions, 3)
        assert getattr(by_figure["overall"], name) == pytest.approx(macro_f1(table))
        for label, score in zip(LABELS, label_scores(table), strict=True):
            assert getattr(by_figure[label], name) == pytest.approx(score.f1)


def test_the_same_decisions_are_let_through_with_no_tolerance() -> None:
    """A version that decides alike is not worse, however few rows there are."""
    strict = Gate(overall=0.0, label=0.0, min_label_rows=1)
    old = flawed(TRUTH[:20], 0.4, 1)
    figures = compare(decided(TRUTH[:20], old, old), strict)
    assert all(figure.low == 0 and not figure.worse for figure in figures)


def test_a_worse_version_is_refused_in_words() -> None:
    """The reason names the figure, both values, the rows and what is allowed."""
    figures = compare(decided(TRUTH, flawed(TRUTH, 0.1, 1), flawed(TRUTH, 0.3, 2)), GATE)
    overall = by_name(figures)["overall"]
    assert overall.worse
    assert overall.low < overall.new - overall.old < 0
    assert "overall: F1 0.898 -> 0.679" in overall.reason()
    assert "400 rows" in overall.reason()
    assert "-0.030 is allowed" in overall.reason()


def test_one_lost_label_is_refused_though_the_rest_gains() -> None:
    """The gate looks at each label, not only at the mean."""
    old = flawed(TRUTH, 0.3, 1)
    new = np.where(TRUTH == 2, 1, TRUTH)
    by_figure = by_name(compare(decided(TRUTH, old, new), Gate(overall=1.0, min_label_rows=5)))
    assert [what for what, figure in by_figure.items() if figure.worse] == ["c"]
    lenient = Gate(overall=1.0, labels={"c": 1.0}, min_label_rows=5)
    assert not any(figure.worse for figure in compare(decided(TRUTH, old, new), lenient))


def test_a_label_of_few_rows_decides_nothing() -> None:
    """It is shown, and not held against the version."""
    truth = np.array([0] * 50 + [1] * 50 + [2] * 3)
    figures = by_name(compare(decided(truth, truth, np.where(truth == 2, 0, truth)), GATE))
    assert (figures["c"].judged, figures["c"].new, figures["c"].worse) == (False, 0.0, False)


def test_authors_are_resampled_whole() -> None:
    """The same flips count for less when they all come from few authors."""
    truth = np.zeros(200, dtype=int)
    new = np.where(np.arange(200) < 20, 1, 0)
    together = by_name(compare(decided(truth, truth, new, per_author=20), GATE))["a"]
    apart = by_name(compare(decided(truth, truth, new, per_author=1), GATE))["a"]
    assert together.low < apart.low


def data(texts: list[str], authors: list[str]) -> Dataset:
    """Make rows labelled by turns."""
    records = [
        Record(Path("x.csv"), place, {"text": text, "label": "ab"[place % 2], "author": author})
        for place, (text, author) in enumerate(zip(texts, authors, strict=True))
    ]
    return make_dataset(infer_task("topic", records, label_column="label"), records)


def many(count: int, start: int = 0) -> Dataset:
    """Make two texts of each author."""
    numbers = range(start, start + count)
    return data([f"text {n}" for n in numbers], [f"p{n // 2}" for n in numbers])


def bundle(tmp_path: Path) -> BundleFiles:
    """Write a bundle that does not say what it learnt from."""
    return read_folder(make_bundle(tmp_path, name="topic"))


def test_an_author_is_held_out_for_ever() -> None:
    """About a fifth, whole authors, the same ones when the table grows or is shuffled."""
    few, more = held_out(many(400)), held_out(many(800))
    assert (few == more[:400]).all()
    assert (few[::2] == few[1::2]).all()
    assert 0.1 < few.mean() < 0.3
    lone = data([f"text {n}" for n in range(400)], [f"p{n}" for n in range(400)])
    moved = data([f"text {n}" for n in range(400)], [f"q{n}" for n in range(400)])
    assert (held_out(lone) == held_out(moved)).all(), "texts decide where everybody wrote one"


def test_rows_that_were_learnt_from_are_known_by_digest(tmp_path: Path) -> None:
    """rows.json holds no text, and finds rows again whatever their case and spacing."""
    learnt = many(20)
    plain = bundle(tmp_path)
    learnt_from = replace(plain, files={**plain.files, ROWS_FILE: pack_rows(row_keys(learnt))})
    assert b"text" not in learnt_from.files[ROWS_FILE]
    fresh = unseen(learnt_from, data([" TEXT  3 ", "text 99"], ["p", "q"]))
    assert fresh is not None
    assert fresh.tolist() == [False, True]
    assert row_key("A  b") == row_key("a b") != row_key("ab")


def test_rows_that_tuned_the_encoder_are_told() -> None:
    """The warning counts the rows of the head that the encoder learnt the labels of."""
    assert known_to_encoder(many(20), row_keys(many(30, start=15))).endswith(
        "too good: 5 of 20 rows tuned the encoder"
    )
    assert known_to_encoder(many(20), row_keys(many(5, start=20))) == ""


def test_what_is_not_known_is_not_claimed(tmp_path: Path) -> None:
    """A bundle that lists no rows and learnt from other data is of unknown past."""
    assert unseen(bundle(tmp_path), many(20)) is None


def test_pictures_and_flips_show_both_versions() -> None:
    """One PNG; every flipped text once, counted by what flipped."""
    rows = data(["one", "two", "three", "four"], ["p", "p", "q", "q"])
    truth = np.array([0, 1, 0, 1])
    two = decided(truth, truth, np.array([0, 0, 0, 1]))
    assert confusion_picture(two, ("1", "2")).startswith(b"\x89PNG")
    assert list(flips(rows, two)) == [
        "1 of 4 texts flip",
        "      1  b -> a",
        "worse   b -> a  is b  two",
    ]
