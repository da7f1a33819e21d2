"""Laws of the figures and pictures of heads with many labels, and of rows without authors."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from heads.training import metrics
from heads.training.building.inputs import make_splits
from heads.training.data.dataset import Dataset, make_dataset
from heads.training.data.tables import Record
from heads.training.data.taxonomy import Task
from heads.training.evaluation.model_card import model_card
from heads.training.evaluation.out_of_fold import figures, judge
from heads.training.evaluation.plots import draw_pictures, top_confusions
from heads.training.fitting.recipe import Recipe, default_member

LABELS = tuple(f"label_{place:03}" for place in range(40))
CURVES = {"confidence": [0.9, 0.8] * 20, "correct": [1, 0] * 20}
TASK = Task("topic", "softmax", LABELS, "label", "Which topic.")


def rows(count: int, authors: int = 0) -> Dataset:
    """Make rows of forty labels, by so many authors (0: nobody is named)."""
    fields = [
        {"text": f"text {n}", "label": LABELS[n % 40]}
        | ({"author": n % authors} if authors else {})
        for n in range(count)
    ]
    path = Path("t.jsonl")
    return make_dataset(TASK, [Record(path, n, row) for n, row in enumerate(fields)])


def test_labels_share_resamples_and_keep_their_intervals() -> None:
    """Each label's interval is that of resampling authors for this label alone."""
    data = rows(200, authors=23)
    scores = np.random.default_rng(0).dirichlet(np.ones(40), size=200)
    judged = judge(data, scores, dict.fromkeys(LABELS, 0.1))

    def f1_of_seventh(chosen: np.ndarray) -> float:
        table = metrics.confusion(data.truth[chosen], judged.best[chosen], 40)
        return metrics.label_scores(table)[7].f1

    alone = metrics.bootstrap_interval(f1_of_seventh, data.authors, rounds=200)
    assert figures(judged)["labels"][LABELS[7]]["f1_interval"] == alone


def test_a_resample_holds_whole_authors() -> None:
    """As many authors as there are, drawn with replacement, each with all of the rows."""
    groups = ["a", "b", "a", "c", "a"]
    for drawn in metrics.resamples(groups, rounds=20):
        counts = np.bincount(drawn, minlength=5)
        assert counts[0] == counts[2] == counts[4]
        assert counts[0] + counts[1] + counts[3] == 3


def test_the_picture_of_many_labels_is_of_a_readable_size() -> None:
    """It shows the most frequent mistakes, worst first, not a table of thousands of cells."""
    table = np.eye(40, dtype=np.int64) * 9
    table[3, 5], table[5, 3], table[0, 39] = 4, 7, 1
    assert top_confusions(table, 2) == [(5, 3), (3, 5)]
    assert top_confusions(table, 25)[-1] == (0, 39)
    for confusion in (table, np.eye(40, dtype=np.int64)):
        split = {"confusion": confusion.tolist(), "curves": CURVES}
        picture = draw_pictures(TASK, {"random": split})["confusion.png"]
        width, height = struct.unpack(">II", picture[16:24])
        assert max(width, height) <= 1200


def test_rows_without_authors_claim_no_held_out_author() -> None:
    """There is one split, at random, and the card says what it does not promise."""
    assert set(make_splits(rows(400, authors=23), ("author", "random"), 0, None)) == {
        "author",
        "random",
    }
    data = rows(400)
    assert set(make_splits(data, ("author", "source", "random"), 0, None)) == {"random"}
    scores = np.random.default_rng(0).dirichlet(np.ones(40), size=400)
    thresholds = dict.fromkeys(LABELS, 0.1)
    card = model_card(
        TASK,
        {
            "version": "1",
            "rows": 400,
            "labels": {},
            "data_sha256": "",
            "encoder": "",
            "runtime": "",
            "recipe": Recipe((default_member(("mean@3",)),)).as_table(),
            "thresholds": thresholds,
            "evaluation": {"random": figures(judge(data, scores, thresholds))},
        },
    )
    assert "held-out authors" not in card
    assert "No author" in card
