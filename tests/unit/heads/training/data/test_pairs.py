"""Laws of rows with the mail that they answer: read as in serving, told apart, never split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.provenance import data_digest, held_out, row_key, row_keys
from heads.training.data.splits import grouped_folds, joined_groups
from heads.training.data.tables import Record
from heads.training.errors import DataError

QUESTION = "Shall we talk on Tuesday?"


def dataset(*rows: dict[str, Any], **columns: str) -> Dataset:
    """Make a dataset of rows that have a text and perhaps more."""
    records = [
        Record(Path("w.jsonl"), n, {"label": "ab"[n % 2], **row}) for n, row in enumerate(rows)
    ]
    return make_dataset(infer_task("t", records, label_column="label"), records, **columns)


def test_only_a_reply_that_needs_it_has_a_context() -> None:
    """A short reply is read with what it answers; a longer one, and one to nothing, alone."""
    data = dataset(
        {"text": "yes", "last_outbound": f" {QUESTION}\n"},
        {"text": "yes, Tuesday at ten suits me", "last_outbound": QUESTION},
        {"text": "no", "last_outbound": None},
        {"text": "no", "last_outbound": ""},
        {"text": "no"},
    )

    assert data.contexts == (QUESTION, "", "", "", "")
    assert data.rows(np.array([1, 0])).contexts == ("", QUESTION)


def test_the_context_may_stand_in_another_column() -> None:
    """The column's name is the caller's; what is no text there is refused with its place."""
    rows = ({"text": "yes", "ours": QUESTION}, {"text": "no", "ours": None})

    assert dataset(*rows, context_column="ours").contexts == (QUESTION, "")
    with pytest.raises(DataError, match=r"w\.jsonl:0"):
        dataset({"text": "yes", "last_outbound": 7}, {"text": "no"})


def test_a_row_is_its_text_and_its_context() -> None:
    """Twins under two mails are two rows; a row without a context has the key of its text."""
    alone, pair = (
        dataset({"text": "yes"}, {"text": "no"}),
        dataset({"text": "yes", "last_outbound": QUESTION}, {"text": "no"}),
    )

    assert row_key("Yes ") == row_key("yes", "")
    assert row_key("yes", QUESTION) == row_key("yes", QUESTION.upper()) != row_key("yes")
    assert row_keys(alone) & row_keys(pair) == {row_key("no")}
    assert data_digest(alone) != data_digest(pair)


def test_keys_of_rows_without_context_are_what_they_were() -> None:
    """Records of what shipped bundles learnt stay readable."""
    data = dataset({"text": "Yes  please"}, {"text": "no"})

    assert row_key("Yes  please") == "b288aabe7e0db910"
    assert data_digest(data) == (
        "sha256:825c18950cc6754aa6dad37ad571b153c37a45021def6e4fb954fb0d312ca407"
    )


def test_twins_stand_in_one_fold() -> None:
    """Rows of one text are on one side of every fold, whoever wrote them."""
    texts = ["yes", "so be it", "Yes", "fine by me", "never", "not now", "NEVER", "send it"]
    authors = ["a", "a", "b", "b", "c", "d", "e", "f"]
    groups = joined_groups(authors, texts)

    assert groups == ("a", "a", "a", "a", "c", "d", "c", "f")
    for fold in grouped_folds(["x"] * 8, groups, folds=3, seed=0):
        kept = {texts[i].lower() for i in fold.train}
        assert kept.isdisjoint(texts[i].lower() for i in fold.test)


def test_twins_without_authors_are_held_out_together() -> None:
    """Where nobody is named, the text alone decides what is kept apart for the gate."""
    words = [f"answer {n}" for n in range(30)]
    rows = [{"text": w, "last_outbound": q} for w in words for q in (QUESTION, "Not yet?")]
    apart = held_out(dataset(*rows))

    assert 0 < apart.sum() < len(apart)
    assert (apart[::2] == apart[1::2]).all()
