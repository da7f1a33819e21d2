"""What the answer says beside the scores, whoever decided."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from pydantic_core import to_json

from embedder.testing.embedder import FakeEmbedder
from gateway.api import response_models as shapes
from gateway.api.rendering import render
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.combine import NO_MACHINE_SIGN
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.pipeline import Pipeline
from gateway.mail import CleanedMail, MailInput
from gateway.mail.types import FollowUp
from heads.prediction import HeadScores, PredictRequest
from tests.support.pools import FakePool, head_set, info

WORDS = CleanedMail("some words", "some words")
NOTICE = replace(WORDS, evidence=("body.out_of_office",))
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
    made = Pipeline({"a": FakeEmbedder()}, pool, answer_cache(1 << 20), 60, cleaner=lambda *_: mail)
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
    assert answer(NOTICE, Machine(HEADS, unsure=unsure), heads)["auto_kind"] == kind


def test_a_head_that_alone_sees_a_machine_is_said_to_be_alone() -> None:
    """Without any sign of a machine there is no intent, and the intent head says why."""
    said = answer(WORDS, Machine(HEADS))
    assert (said["decision"]["intent"], said["decision"]["abstained"]) == (None, True)
    assert (said["decision"]["decided_by"], said["auto_kind"]) == ("model", None)
    head = said["heads"]["intent"]
    assert (head["status"], head["label"], head["abstained"]) == ("ok", "auto_reply", True)
    assert head["message"] == NO_MACHINE_SIGN


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


def test_the_answer_says_when_to_come_back() -> None:
    """follow_up is null, or the days and the words in which the author named them."""
    march = FollowUp(date(2026, 3, 1), date(2026, 3, 31), "in March", 8, 16)
    later = FollowUp(None, None, "after the merger", 3, 19)
    found = [
        answer(replace(WORDS, follow_up=follow_up), Machine(HEADS))["follow_up"]
        for follow_up in (march, later, None)
    ]
    assert found == [
        {"not_before": "2026-03-01", "until": "2026-03-31", "text": "in March",
         "start": 8, "end": 16},
        {"not_before": None, "until": None, "text": "after the merger", "start": 3, "end": 19},
        None,
    ]  # fmt: skip


def test_what_the_cleaner_found_has_a_documented_shape() -> None:
    """`/v1/clean` shows every field of a cleaned mail, and no other."""
    mail = CleanedMail(
        "Stop it.", "Stop it.", evidence=("header.bulk",), opt_out="yes",
        follow_up=FollowUp(date(2026, 3, 1), None, "in March", 0, 8),
        opt_out_evidence="explicit", opt_out_span=(0, 8),
    )  # fmt: skip
    shape = shapes.CleanedShape.model_validate_json(to_json(mail))
    assert set(shape.model_dump()) == {field.name for field in fields(CleanedMail)}
