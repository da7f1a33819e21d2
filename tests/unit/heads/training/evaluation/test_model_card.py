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


@pytest.mark.parametrize(
    ("record", "line"),
    [
        ({}, "- Encoder sha256:1 (none)."),
        ({"encoder_tuned": False}, "- Encoder sha256:1 (none), frozen."),
        ({"encoder_tuned": True}, "- Encoder sha256:1 (none), tuned."),
    ],
)
def test_a_card_says_of_the_encoder_what_is_recorded(record: dict[str, bool], line: str) -> None:
    """Tuned or frozen; nothing in the card of a bundle that was written before it was recorded."""
    assert line in model_card(REPLY_TASKS["intent"], {**FACTS, **record}).splitlines()


def test_a_card_says_how_often_a_protected_pair_may_happen() -> None:
    """It may, for one row in a thousand: a card that says "never" promises too much."""
    card = model_card(REPLY_TASKS["intent"], FACTS)

    assert "unsubscribe is decided for at most one in a thousand of positive" in card
