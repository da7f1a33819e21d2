"""A model card says of encoder and protected labels what the bundle records."""

from typing import Any

import pytest

from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.evaluation.model_card import model_card
from heads.training.fitting.recipe import Recipe, parse_members

FACTS: dict[str, Any] = {
    "version": "1",
    "rows": 2,
    "labels": {"positive": 1, "objection": 1},
    "data_sha256": "sha256:0",
    "encoder": "sha256:1",
    "runtime": "none",
    "recipe": Recipe(parse_members("text@3")).as_table(),
    "thresholds": {"positive": 0.5},
    "evaluation": {
        "given": {"exact_match": 0.5, "rows": 2, "macro_f1": 0.5, "ece": 0.1, "labels": {}}
    },
}


def record(origin: str, rows: int = 0, known: int = 0, *, others: bool = False) -> dict[str, Any]:
    """Make the record of an encoder."""
    return {
        "encoder_record": {
            "model_id": "mini",
            "origin": origin,
            "rows": rows,
            "rows_of_these": known,
            "judged_by_others": others,
        }
    }


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, "- Encoder sha256:1 (none)."),
        ({"encoder_tuned": False}, "- Encoder sha256:1 (none)."),
        ({"encoder_tuned": True}, "- Encoder sha256:1 (none), tuned."),
        (record("frozen"), "- Encoder mini, sha256:1 (none), frozen."),
        (record("tuned"), "- Encoder mini, sha256:1 (none), tuned on rows that its folder does "
                          "not list."),
        (record("unknown"), "- Encoder mini, sha256:1 (none), whose folder does not tell what it "
                            "was tuned on, if on anything."),
        (record("tuned", 9), "- Encoder mini, sha256:1 (none), tuned on 9 rows, 0 of those above "
                             "among them."),
        (record("tuned", 9, 2), "- Encoder mini, sha256:1 (none), tuned on 9 rows, 2 of those "
                                "above among them: figures and thresholds are too good for it."),
        (record("tuned", 9, 2, others=True),
         "- Encoder mini, sha256:1 (none), tuned on 9 rows, 2 of those above among them; figures "
         "and thresholds are by others, tuned without the row's writer."),
    ],
)  # fmt: skip
def test_a_card_says_of_the_encoder_what_is_recorded(facts: dict[str, Any], line: str) -> None:
    """Tuned or frozen, on which rows, and who judged; an older record's "frozen" is not believed.

    It was written wherever no list of rows was found.
    """
    assert line in model_card(REPLY_TASKS["intent"], {**FACTS, **facts}).splitlines()


def test_a_card_says_how_often_a_protected_pair_may_happen() -> None:
    """It may, for one row in a thousand: a card that says "never" promises too much."""
    card = model_card(REPLY_TASKS["intent"], FACTS)

    assert "unsubscribe is decided for at most one in a thousand of positive" in card
