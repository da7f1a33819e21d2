"""What the answer says beside the scores, whoever decided."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from embedder.testing.embedder import FakeEmbedder
from gateway.api import response_models as shapes
from gateway.api.rendering import render
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.pipeline import Pipeline
from gateway.mail import CleanedMail, MailInput
from heads.prediction import HeadScores, PredictRequest
from tests.support.pools import FakePool, head_set, info

WORDS = CleanedMail("some words", "some words")
TIMINGS = {"clean": 0.0, "embed": 0.0, "heads": 0.0, "total": 0.0}


class Machine(FakePool):
    """A pool that takes every mail for an automatic reply out of an office."""

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """Answer with each head's first label, unless the version is unsure."""
        labels = {"intent": ("auto_reply", "other"), "auto_kind": ("out_of_office", "bounce")}
        rows = len(request.rows)
        return {
            name: HeadScores(
                name, "1", "ok", labels[name], np.asarray([[0.9, 0.1]] * rows, np.float32),
                (0,) * rows, (0.5, 0.5), (f"{name}@1" in self.unsure,) * rows,
            )
            for name in request.names
        }  # fmt: skip


HEADS = head_set(
    info("intent", labels=("auto_reply", "other")),
    info(
        "auto_kind",
        labels=("out_of_office", "bounce"),
        parent_head="intent",
        parent_label="auto_reply",
    ),
)


def answer(mail: CleanedMail, pool: FakePool, heads: tuple[str, ...] | None = None) -> Any:
    """Return the API's answer for one cleaned mail, held to its model."""
    made = Pipeline(
        {"a": FakeEmbedder()}, pool, answer_cache(1 << 20), 60, cleaner=lambda _mail: mail
    )
    outcome = made.classify({"": MailInput(text="x")}, RequestMetadata(within(60), heads))[""]
    assert isinstance(outcome, Answer)
    content = render(outcome, "id", TIMINGS)
    shapes.AnswerShape.model_validate_json(content)
    return json.loads(content)


@pytest.mark.parametrize(
    ("unsure", "heads", "kind"),
    [
        (set(), None, "out_of_office"),
        ({"auto_kind@1"}, None, None),
        ({"intent@1"}, None, None),
        (set(), ("intent",), None),
    ],
)
def test_the_kind_of_an_automatic_reply_is_told_when_the_model_decides(
    unsure: set[str], heads: tuple[str, ...] | None, kind: str | None
) -> None:
    """auto_kind is the head's label where it was asked, may be acted on, and auto_reply decided."""
    assert answer(WORDS, Machine(HEADS, unsure=unsure), heads)["auto_kind"] == kind


def test_the_kind_of_an_automatic_reply_is_told_when_a_rule_decides() -> None:
    """auto_kind is the rule's then; no head is asked."""
    mail = CleanedMail("away", "away", decision="auto_reply", rule="r", auto_kind="auto_ack")
    pool = Machine(HEADS)
    assert answer(mail, pool)["auto_kind"] == "auto_ack"
    assert pool.calls == []


def test_our_own_mail_is_answered_as_such() -> None:
    """A message of our own has no intent, by rule, and carries no head's scores."""
    mail = CleanedMail("Shall we?", "Shall we?", decision="own_message", rule="own_message")
    found = answer(mail, Machine(HEADS))
    assert found["decision"] == {
        "intent": None, "objection_reason": None, "abstained": True, "decided_by": "rule",
        "rule": "own_message", "opt_out": None,
    }  # fmt: skip
    assert found["heads"] == {}
