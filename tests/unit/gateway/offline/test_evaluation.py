"""`gateway evaluate`: aggregates of labelled mail, strict and lenient, and nothing else."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.offline.classifier import Ask
from gateway.offline.cli import below, table
from gateway.offline.evaluation import RowError, evaluate, read_rows

CANARY = "xylophone-canary"


def _answer(label: str, *, rule: bool = False, abstained: bool = False) -> dict[str, Any]:
    intent = {"status": "ok", "label": label, "probability": 0.9, "abstained": abstained}
    by = "rule" if rule else "model"
    heads = {} if rule else {"intent": intent}
    return {
        "status": 200,
        "answer": {"decision": {"intent": label, "decided_by": by}, "heads": heads},
    }


def _asked(answers: list[dict[str, Any]]) -> Ask:
    queue = list(answers)

    def ask(mails: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        assert all(set(mail) <= {"text", "html", "raw", "subject"} for mail in mails)
        return [queue.pop(0) for _ in mails]

    return ask


def test_strict_and_lenient_figures_differ_by_alternatives() -> None:
    """An alternative label counts in the lenient figure only; labels never reach the pipeline."""
    rows: list[dict[str, Any]] = [
        {"text": CANARY, "intent": "positive"},
        {"text": CANARY, "intent": "other", "alt_labels": ["positive"]},
        {"text": CANARY, "intent": "objection"},
    ]
    result = evaluate(rows, _asked([_answer("positive"), _answer("positive"), _answer("other")]))
    intent = result["heads"]["intent"]

    assert intent["accuracy"] == pytest.approx(1 / 3)
    assert intent["lenient_accuracy"] == pytest.approx(2 / 3)
    assert CANARY not in json.dumps(result) + table(result)


def test_abstained_rows_leave_coverage_and_rules_count_as_answers() -> None:
    """Coverage is the share that may be acted on; a rule's outcome is an answer of its own."""
    rows = [{"text": "a", "intent": "auto_reply"}, {"text": "b", "intent": "other"}]
    answers = [_answer("bounce", rule=True), _answer("positive", abstained=True)]
    result = evaluate(rows, _asked(answers))
    intent = result["heads"]["intent"]

    assert result["decided_by"] == {"rule": 1, "model": 1}
    assert intent["coverage"] == 0.5
    assert intent["answered_accuracy"] == 1.0


def test_a_refused_row_is_counted_not_fatal() -> None:
    """A mail that the pipeline refuses is counted apart and scored nowhere."""
    rows = [{"text": "a", "intent": "other"}, {"text": "b", "intent": "other"}]
    result = evaluate(rows, _asked([{"status": 422, "problem": {}}, _answer("other")]))

    assert result["decided_by"] == {"refused": 1, "model": 1}
    assert result["heads"]["intent"]["rows"] == 1


@pytest.mark.parametrize("status", ["unavailable", "error", "fingerprint_mismatch"])
def test_a_head_that_failed_falls_below_every_floor(status: str) -> None:
    """What fails is counted by head and fails the check, however good the rows that were judged."""
    rows = [{"text": "a", "intent": "other"}, {"text": "b", "intent": "other"}]
    bad = _answer("other")
    bad["answer"]["heads"]["intent"]["status"] = status
    result = evaluate(rows, _asked([_answer("other"), bad]))

    assert result["failed"] == {"intent": 1}
    assert result["heads"]["intent"]["rows"] == 1
    assert "intent failed on 1 rows" in table(result)
    assert below(result, {"intent": 0.0}) == ["failed: intent on 1 rows"]
    assert below(result, {}) == []


def test_a_condition_that_does_not_hold_is_no_failure_but_a_refusal_is() -> None:
    """A conditional head may be silent; a mail that was refused is counted as not scored."""
    rows = [{"text": "a", "intent": "other", "objection_reason": "budget"}] * 2
    silent = _answer("other")
    silent["answer"]["heads"]["objection_reason"] = {"status": "not_applicable"}
    well = evaluate(rows, _asked([silent, silent]))
    refused = evaluate(rows, _asked([silent, {"status": 422, "problem": {}}]))

    assert well["failed"] == refused["failed"] == {}
    assert below(well, {"intent": 0.0}) == []
    assert below(refused, {"intent": 0.0}) == ["refused: 1 of 2 rows"]


@pytest.mark.parametrize("line", ["{", '{"intent": "other"}', '{"text": "a", "html": "b"}', "3"])
def test_a_bad_row_is_named_by_its_line(line: str, tmp_path: Path) -> None:
    """A row that cannot be used is named by file and line, without its content."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "fine", "intent": "other"}\n' + line + "\n", encoding="utf-8")

    with pytest.raises(RowError, match=r"rows\.jsonl:2"):
        read_rows(path)


def test_the_opt_out_is_measured_as_the_decision_says_it() -> None:
    """Rows labelled `has_opt_out` are scored by the decision's state, whoever made it."""
    rows: list[dict[str, Any]] = [
        {"text": CANARY, "has_opt_out": True, "author": "a"},
        {"text": CANARY, "has_opt_out": False, "author": "b"},
        {"text": CANARY, "intent": "other"},
    ]
    answers = [_answer("unsubscribe", rule=True), _answer("other"), _answer("other")]
    for answer, state in zip(answers, ("yes", "review", "yes"), strict=True):
        answer["answer"]["decision"]["opt_out"] = state
    result = evaluate(rows, _asked(answers))

    assert result["opt_out"]["rows"] == 2
    assert result["opt_out"]["yes_precision"][0] == 1.0
    assert result["opt_out"]["review_share"][0] == 0.5
    assert "2 rows, 1 opt-outs" in table(result)
    assert CANARY not in json.dumps(result) + table(result)


@pytest.mark.parametrize("content", ["text", "html", "raw"])
def test_an_opt_out_is_measured_whatever_its_content_is_called(content: str) -> None:
    """Without an author's name the content stands for him, in whichever shape it came."""
    answer = _answer("unsubscribe", rule=True)
    answer["answer"]["decision"]["opt_out"] = "yes"
    result = evaluate([{content: CANARY, "has_opt_out": True}], _asked([answer]))
    assert result["opt_out"]["rows"] == 1
    assert CANARY not in json.dumps(result)
