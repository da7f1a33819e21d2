"""Laws of held-out languages: nothing is calibrated on a language that a fold never met."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from heads.training.data.dataset import infer_task, make_dataset
from heads.training.data.splits import Fold, in_learnt_languages
from heads.training.data.tables import Record
from heads.training.evaluation.out_of_fold import judge_out_of_fold

FOLDS = tuple(
    Fold(np.setdiff1d(np.arange(12), test), test)
    for test in (np.arange(0, 4), np.arange(4, 8), np.arange(8, 12))
)


def test_rows_of_a_language_that_only_their_fold_has_are_left_out() -> None:
    """Row 2 and 3 are the only Dutch ones, both held out by the first fold."""
    languages = ["en", "en", "nl", "nl", *["en", "en", "de", "en"], *["de", "en", "en", "en"]]
    assert in_learnt_languages(languages, FOLDS).tolist() == [0, 1, *range(4, 12)]


def test_rows_without_a_language_are_of_one() -> None:
    """A table without the column is judged whole."""
    assert in_learnt_languages([""] * 12, FOLDS).tolist() == list(range(12))


def test_where_every_language_is_of_one_fold_all_rows_are_used() -> None:
    """Something has to be calibrated on."""
    languages = ["en"] * 4 + ["de"] * 4 + ["nl"] * 4
    assert in_learnt_languages(languages, FOLDS).tolist() == list(range(12))


def test_what_an_unmet_language_scores_moves_no_threshold() -> None:
    """Other fold's rows are decided alike, however wrong the scores of the Dutch ones are."""
    rows = [
        Record(
            Path("w.jsonl"),
            number,
            {"text": f"t{number}", "label": "ab"[number % 2], "lang": "nl" if number < 4 else "en"},
        )
        for number in range(12)
    ]
    data = make_dataset(infer_task("kinds", rows, label_column="label"), rows)
    logits = np.where(data.targets > 0, 2.0, -2.0).astype(np.float64)
    wrong = logits.copy()
    wrong[:4] *= -3
    right, other = (judge_out_of_fold(data, [scores], FOLDS) for scores in (logits, wrong))
    assert np.array_equal(right.answered[4:], other.answered[4:])
    assert np.allclose(right.scores[4:], other.scores[4:])
