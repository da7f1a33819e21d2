"""An answer in a few lines: what it holds is there, what it lacks has no line."""

from typing import Any

from gateway.client.summary import summary


def _answer(**decision: object) -> dict[str, Any]:
    plain = {"intent": None, "objection_reason": None, "decided_by": "model", "rule": None}
    return {"decision": {**plain, **decision}, "heads": {}, "referral": [], "follow_up": None}


def test_a_decision_shows_its_reason_people_dates_and_time() -> None:
    """Every part that somebody acts on has a line."""
    answer = {
        **_answer(intent="objection", objection_reason="timing", opt_out="review"),
        "heads": {"intent": {"probability": 0.912}},
        "referral": [
            {"name": "Jan Roe", "email": "jan@b.example", "phone": None},
            {"name": None, "role": "head of IT", "email": None, "phone": None},
        ],
        "follow_up": {"not_before": "2027-03-01", "until": None},
        "timings_ms": {"total": 12.4},
    }

    assert summary(answer) == [
        "decision  objection (91% sure)",
        "reason    timing",
        "referral  Jan Roe <jan@b.example>, head of IT",
        "opt-out   to be looked at",
        "follow up from 2027-03-01",
        "took      12 ms",
    ]


def test_who_decided_is_told() -> None:
    """A rule is named, and an abstention is no label."""
    assert summary(_answer(intent="bounce", decided_by="rule", rule="report")) == [
        "decision  bounce, by the rule report"
    ]
    assert summary(_answer()) == ["decision  none: too unsure to act on"]
