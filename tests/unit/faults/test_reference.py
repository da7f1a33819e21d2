"""When an answer is right, partial or wrong beside what was answered before the fault."""

from __future__ import annotations

from typing import Any

from tests.faults.reference import References


def _answer(
    status: str = "ok", positive: float = 0.9, *, abstained: bool = False
) -> dict[str, Any]:
    head = {
        "status": status,
        "label": "positive" if positive > 0.5 else "other",
        "probability": max(positive, 1 - positive),
        "threshold": 0.6,
        "abstained": abstained,
        "scores": {"positive": positive, "other": 1 - positive},
    }
    return {"heads": {"intent": head}}


_RIGHT = References({"Yes": [_answer()]})


def test_the_same_scores_are_right_within_what_batches_differ_by() -> None:
    """Batches are cut differently under load, so the last digits may differ."""
    assert _RIGHT.judge("Yes", _answer(positive=0.88))[0] == "right"


def test_other_scores_are_wrong() -> None:
    """Beyond that an answer is another one."""
    outcome, why = _RIGHT.judge("Yes", _answer(positive=0.4))
    assert (outcome, "intent" in why) == ("wrong", True)


def test_another_decision_on_the_same_scores_is_wrong() -> None:
    """Unless the score is so near its threshold that rounding may decide."""
    assert _RIGHT.judge("Yes", _answer(abstained=True))[0] == "wrong"
    near = References({"Yes": [_answer(positive=0.62)]})
    assert near.judge("Yes", _answer(positive=0.59, abstained=True))[0] == "right"


def test_a_head_that_is_away_makes_an_answer_partial() -> None:
    """A 200 without a head that answered before is not all that was asked for."""
    assert _RIGHT.judge("Yes", _answer("unavailable"))[0] == "partial"
    assert _RIGHT.judge("Yes", {"heads": {}})[0] == "partial"


def test_either_of_two_releases_may_be_right() -> None:
    """While one release replaces another, both answer."""
    both = _RIGHT.joined(References({"Yes": [_answer(positive=0.2)]}))
    assert both.judge("Yes", _answer(positive=0.21))[0] == "right"
    assert both.judge("Yes", _answer(positive=0.5))[0] == "wrong"
