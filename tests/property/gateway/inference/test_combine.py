"""The laws of combining heads: joint probabilities, conditions, abstentions, totality."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.inference.classification import Classification, rule_classification
from gateway.inference.combine import NO_MACHINE_SIGN, SURE, UNLIKE, MachineSign, combine
from gateway.inference.opt_out import OptOutEvidence
from gateway.inference.plan import make_plan
from gateway.mail.types import Strength
from heads.policy import OptOutThresholds
from heads.prediction import HeadInfo, HeadScores, HeadSet, Status, unavailable_scores

FINGERPRINT = "sha256:" + "1" * 64
INTENTS = ("positive", "objection", "other")
REASONS = ("budget", "timing", "no_reason")
STATUSES: tuple[Status, ...] = ("ok", "unavailable", "fingerprint_mismatch", "error")


def head(
    name: str, labels: tuple[str, ...], parent: tuple[str, str] | None = None, **other: str
) -> HeadInfo:
    """Describe a serving softmax head."""
    above, label = parent or (None, None)
    return HeadInfo(
        name=name,
        version="1",
        kind="softmax",
        labels=labels,
        views=(other.get("view", "mean@3"),),
        lexical=False,
        parent_head=above,
        parent_label=label,
        fingerprint=other.get("fingerprint", FINGERPRINT),
        status=other.get("status", "serving"),
        error="",
        description="",
    )


HEADS = HeadSet(
    1,
    {
        "intent": head("intent", INTENTS),
        "objection_reason": head("objection_reason", REASONS, ("intent", "objection")),
    },
)


def scores(name: str, rows: Sequence[Sequence[float]], abstained: bool = False) -> HeadScores:
    """Answer as a head would, best label by score."""
    table = np.asarray(rows, dtype=np.float32)
    best = tuple(int(i) for i in table.argmax(axis=1))
    labels = HEADS.heads[name].labels
    return HeadScores(
        name, "1", "ok", labels, table, best, (0.5,) * len(labels), (abstained,) * len(table)
    )


def distributions(size: int) -> st.SearchStrategy[list[float]]:
    """Draw probabilities that sum to 1."""
    weights = st.lists(st.floats(0.01, 1), min_size=size, max_size=size)
    return weights.map(lambda w: [v / sum(w) for v in w])


def classify(
    intent: Sequence[float],
    reason: Sequence[float],
    *,
    must_abstain: bool = False,
    unsure: bool = False,
) -> Classification:
    """Combine one row of both heads."""
    plan = make_plan(HEADS, None, (FINGERPRINT,))
    by_head = {
        "intent": scores("intent", [intent], unsure),
        "objection_reason": scores("objection_reason", [reason]),
    }
    return combine(plan, by_head, [must_abstain])[0]


@given(distributions(3), distributions(3))
def test_joint_scores_sum_to_the_condition(intent: list[float], reason: list[float]) -> None:
    """A shown reason's scores are P(objection) * P(reason | objection): sum P(objection)."""
    classification = classify(intent, reason)
    answer = classification.heads["objection_reason"]
    if answer.status == "ok":
        assert answer.given is not None
        assert sum(answer.scores.values()) == pytest.approx(intent[1], abs=1e-5)
        assert answer.given.probability == pytest.approx(intent[1], abs=1e-5)
        assert answer.probability == max(answer.scores.values())


@given(distributions(3), distributions(3), st.booleans(), st.booleans())
def test_a_reason_is_shown_only_where_objection_is_the_decision(
    intent: list[float], reason: list[float], must_abstain: bool, unsure: bool
) -> None:
    """A conditional head answers iff its parent's label is the decision; else it has no scores."""
    classification = classify(intent, reason, must_abstain=must_abstain, unsure=unsure)
    answer = classification.heads["objection_reason"]
    decided = classification.decision.intent == "objection"
    assert answer.status == ("ok" if decided else "not_applicable")
    assert bool(answer.scores) == (answer.label is not None) == decided


@given(distributions(3), distributions(3), st.booleans(), st.booleans())
def test_intent_is_null_exactly_when_abstained(
    intent: list[float], reason: list[float], must_abstain: bool, unsure: bool
) -> None:
    """Nobody can act on an abstention by mistake, and a reason never stands without its intent."""
    decision = classify(intent, reason, must_abstain=must_abstain, unsure=unsure).decision
    assert decision.abstained == (decision.intent is None) == (must_abstain or unsure)
    assert decision.objection_reason is None or decision.intent == "objection"


@given(distributions(3), distributions(3))
def test_a_forced_abstention_reaches_every_head(intent: list[float], reason: list[float]) -> None:
    """Obfuscated text makes every head abstain; the parent still shows its label and scores."""
    forced, free = classify(intent, reason, must_abstain=True), classify(intent, reason)
    assert all(answer.abstained for answer in forced.heads.values())
    before, after = free.heads["intent"], forced.heads["intent"]
    assert (after.label, after.scores) == (before.label, before.scores)
    assert forced.heads["objection_reason"].status == "not_applicable"


@given(distributions(3))
def test_an_unlike_text_is_abstained_from_with_a_reason(intent: list[float]) -> None:
    """Label and scores stay; the message says why; rows that are not unlike carry none."""
    strange = scores("intent", [intent, intent], abstained=True)._replace(unlike=(True, False))
    plan = make_plan(HEADS, ("intent",), (FINGERPRINT,))
    first, second = combine(plan, {"intent": strange}, [False, False])
    assert first.heads["intent"].message == UNLIKE
    assert second.heads["intent"].message == ""
    assert first.heads["intent"]._replace(message="") == second.heads["intent"]
    assert first.decision.abstained


@given(st.sampled_from(STATUSES), st.sampled_from(STATUSES))
def test_a_broken_head_says_so_and_harms_no_other(intent: Status, reason: Status) -> None:
    """Each head reports its own trouble; a conditional head without its parent is unavailable."""
    by_head = {}
    for name, status in (("intent", intent), ("objection_reason", reason)):
        ok = scores(name, [[0.1, 0.8, 0.1]])
        by_head[name] = ok if status == "ok" else unavailable_scores(name, "1", status, "")
    classification = combine(make_plan(HEADS, None, (FINGERPRINT,)), by_head, [False])[0]
    assert classification.heads["intent"].status == intent
    expected = "unavailable" if reason == "ok" and intent != "ok" else reason
    assert classification.heads["objection_reason"].status == expected
    assert classification.complete == (intent == reason == "ok")
    assert classification.decision.decided_by == ("model" if intent == "ok" else None)


@given(st.lists(st.tuples(distributions(3), distributions(3)), min_size=1, max_size=9))
def test_rows_do_not_touch_each_other(pairs: list[tuple[list[float], list[float]]]) -> None:
    """A batch's classifications are those of its emails alone, in order."""
    plan = make_plan(HEADS, None, (FINGERPRINT,))
    by_head = {
        "intent": scores("intent", [intent for intent, _ in pairs]),
        "objection_reason": scores("objection_reason", [reason for _, reason in pairs]),
    }
    together = combine(plan, by_head, [False] * len(pairs))
    assert together == tuple(classify(intent, reason) for intent, reason in pairs)


OPT_OUT = replace(
    head("has_opt_out", ("yes", "no")), opt_out=OptOutThresholds(yes=0.8878, review=0.016)
)


@given(
    distributions(3),
    st.floats(0, 1),
    st.sampled_from((None, "likely", "explicit")),
    st.booleans(),
    st.booleans(),
)
def test_a_machine_acts_on_an_opt_out_only_where_the_head_means_yes(
    intent: list[float],
    probability: float,
    words: Strength | None,
    must_abstain: bool,
    unsure: bool,
) -> None:
    """Yes needs the head sure, or explicit words and the head's likelier answer; never a buyer."""
    heads = HeadSet(1, {"intent": HEADS.heads["intent"], "has_opt_out": OPT_OUT})
    table = np.asarray([[probability, 1 - probability]], dtype=np.float32)
    by_head = {
        "intent": scores("intent", [intent], unsure),
        "has_opt_out": HeadScores(
            "has_opt_out", "1", "ok", ("yes", "no"), table, (0,), (0.04, 0.0), (False,)
        ),
    }
    plan = make_plan(heads, None, (FINGERPRINT,))
    decision = combine(plan, by_head, [must_abstain], [OptOutEvidence(words=words)])[0].decision
    seen = float(table[0, 0])
    is_sure = seen >= 0.8878 or (words == "explicit" and seen >= 0.5)
    may_act = is_sure and not must_abstain and decision.intent != "positive"
    assert (decision.opt_out == "yes") == may_act
    if words is not None or seen >= 0.016:
        assert decision.opt_out in ("yes", "review")


AUTOMATIC = HeadSet(
    1,
    {
        "intent": head("intent", ("positive", "auto_reply", "other")),
        "auto_kind": head("auto_kind", ("out_of_office", "auto_ack"), ("intent", "auto_reply")),
    },
)


@given(distributions(3), st.sampled_from(["evidence", "words", None]), st.booleans())
def test_a_head_alone_makes_nobody_a_machine(
    intent: list[float], sign: MachineSign | None, unsure: bool
) -> None:
    """An automatic reply is decided if evidence agrees, or words and a head that is sure.

    Else it is abstained from and the head's message says why; label and scores stay as they are,
    every other intent is decided as before, and no kind of automatic reply is shown.
    """
    plan = make_plan(AUTOMATIC, None, (FINGERPRINT,))
    labels = AUTOMATIC.heads["intent"].labels
    table = np.asarray([intent], dtype=np.float32)
    best = int(table.argmax())
    by_head = {
        "intent": HeadScores("intent", "1", "ok", labels, table, (best,), (0.1,) * 3, (unsure,)),
        "auto_kind": HeadScores(
            "auto_kind", "1", "ok", ("out_of_office", "auto_ack"),
            np.asarray([[0.7, 0.3]], dtype=np.float32), (0,), (0.1, 0.1), (False,),
        ),
    }  # fmt: skip
    before = combine(plan, by_head, [False])[0]
    after = combine(plan, by_head, [False], (), [sign])[0]
    agreed = sign == "evidence" or (sign == "words" and float(table[0, best]) >= SURE)
    if before.decision.intent != "auto_reply" or agreed:
        assert after == before
        return
    assert (after.decision.intent, after.decision.decided_by) == (None, "model")
    was, now = before.heads["intent"], after.heads["intent"]
    assert now == was._replace(abstained=True, message=NO_MACHINE_SIGN)
    assert after.heads["auto_kind"].status == "not_applicable"


def test_a_rule_decides_alone() -> None:
    """A rule's classification names the rule, abstains from nothing and shows no head."""
    classification = rule_classification("auto_reply", "auto_submitted")
    assert classification.decision.intent == "auto_reply"
    assert (classification.decision.decided_by, classification.decision.rule) == (
        "rule",
        "auto_submitted",
    )
    assert not classification.heads
    assert not classification.decision.abstained


@pytest.mark.parametrize("outcome", ["own_message", "unreadable", "no_words"])
def test_a_rule_may_find_that_there_is_no_intent(outcome: str) -> None:
    """Our own mail, unreadable mail and mail without words abstain by rule: nothing is positive."""
    classification = rule_classification(outcome, f"{outcome}.why")
    decision = classification.decision
    assert (decision.intent, decision.abstained, decision.decided_by) == (None, True, "rule")
    assert decision.rule == f"{outcome}.why"
    assert not classification.heads


def test_the_best_label_is_the_heads_choice_not_the_largest_score() -> None:
    """An older heads service says yes below one half; the margin is then negative."""
    opt_out = HeadSet(1, {"has_opt_out": head("has_opt_out", ("yes", "no"))})
    table = np.asarray([[0.3, 0.7]], dtype=np.float32)
    given_scores = HeadScores(
        "has_opt_out", "1", "ok", ("yes", "no"), table, (0,), (0.2, 0.5), (False,)
    )
    plan = make_plan(opt_out, None, (FINGERPRINT,))
    answer = combine(plan, {"has_opt_out": given_scores}, [False])[0].heads["has_opt_out"]
    assert (answer.label, answer.probability, answer.threshold) == ("yes", 0.3, 0.2)
    assert answer.margin == pytest.approx(-0.4)


def test_nothing_from_the_pool_is_unavailable() -> None:
    """Heads that no pool answered for are unavailable, not missing and not an error."""
    classification = combine(make_plan(HEADS, None, (FINGERPRINT,)), {}, [False])[0]
    assert {answer.status for answer in classification.heads.values()} == {"unavailable"}
    assert classification.decision.abstained


def test_a_head_given_as_hidden_parent_is_not_reported() -> None:
    """Asking for the reason alone runs intent too, for the joint probability, and hides it."""
    plan = make_plan(HEADS, ("objection_reason",), (FINGERPRINT,))
    by_head = {
        "intent": scores("intent", [[0.1, 0.8, 0.1]]),
        "objection_reason": scores("objection_reason", [[0.5, 0.3, 0.2]]),
    }
    classification = combine(plan, by_head, [False])[0]
    assert set(classification.heads) == {"objection_reason"}
    assert classification.heads["objection_reason"].probability == pytest.approx(0.4)
    assert (classification.decision.intent, classification.decision.objection_reason) == (
        "objection",
        "budget",
    )


def test_without_a_required_head_no_condition_is_decided() -> None:
    """Where nothing is decided for want of a head, no conditional head answers either."""
    needed = HeadSet(1, {**HEADS.heads, "needed": head("needed", INTENTS)})
    plan = make_plan(needed, None, (FINGERPRINT,), frozenset({"needed"}))
    found = {
        "intent": scores("intent", [[0.1, 0.8, 0.1]]),
        "objection_reason": scores("objection_reason", [[0.5, 0.3, 0.2]]),
    }
    classification = combine(plan, found, [False])[0]
    assert classification.decision.decided_by is None
    assert classification.heads["intent"].label == "objection"
    assert classification.heads["objection_reason"].status == "not_applicable"
