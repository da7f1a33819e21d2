"""What is switched off takes no part: a head is not asked, a rule does not decide."""

import json
from dataclasses import replace

from prometheus_client import REGISTRY

from embedder.testing.embedder import FakeEmbedder
from gateway.inference.answer import Answer
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.mail import MailInput
from tests.support.pools import FakePool, head_set, info
from tests.unit.gateway.inference.test_pipeline import caches, fake_pool, pipeline, run


def test_a_head_that_is_switched_off_takes_no_part() -> None:
    """It is not asked and says so; its children do not apply; whole answers are still cached."""
    child = info("kind", parent_head="intent", parent_label="yes")
    off = info("intent", status="disabled")
    pool = FakePool(head_set(off, child, info("other_head")))
    made = pipeline(FakeEmbedder(), pool)
    first, second = (run(made, "some words")[0] for _ in "ab")
    assert isinstance(first, Answer)
    heads = json.loads(b"{%b}" % first.shared.scored)["heads"]
    assert {name: head["status"] for name, head in heads.items()} == {
        "intent": "disabled", "kind": "not_applicable", "other_head": "ok",
    }  # fmt: skip
    assert heads["intent"]["message"] == "switched off"
    assert (first.shared.decision.intent, first.shared.decision.decided_by) == (None, None)
    assert caches([first, second]) == ["miss", "answer"]
    assert "intent" not in pool.calls[0][0]


def test_coverage_leaves_out_what_is_switched_off() -> None:
    """An email whose other heads all answered is fully covered."""

    def fully_covered() -> float:
        return REGISTRY.get_sample_value("gateway_coverage_emails_total", {"coverage": "full"}) or 0

    made = pipeline(
        FakeEmbedder(), FakePool(head_set(info("intent", status="disabled"), info("other_head")))
    )
    before = fully_covered()
    run(made, "some words")
    assert fully_covered() == before + 1


def test_a_request_for_what_is_switched_off_needs_no_encoder() -> None:
    """Where all that was asked is off the answer says so, at no cost."""
    embedder = FakeEmbedder()
    made = pipeline(embedder, FakePool(head_set(info("intent", status="disabled"))))
    (answer,) = run(made, "some words")
    assert isinstance(answer, Answer)
    assert b'"status":"disabled"' in answer.shared.scored
    assert embedder.calls == []


def test_rules_that_are_switched_off_reach_the_cleaner() -> None:
    """What the head set names as off does not decide; the model does then."""
    pool = fake_pool("intent")
    made = pipeline(FakeEmbedder(), pool)
    away = MailInput(text="Back on Monday.", headers={"Auto-Submitted": "auto-replied"})

    def decided_by() -> str | None:
        outcome = made.classify({"": away}, RequestMetadata(within(60)))[""]
        assert isinstance(outcome, Answer)
        return outcome.shared.decision.decided_by

    assert decided_by() == "rule"
    pool.served = replace(pool.served, generation=2, disabled_rules=("auto_reply",))
    assert decided_by() == "model"
    pool.served = replace(pool.served, generation=3, disabled_rules=())
    assert decided_by() == "rule"
