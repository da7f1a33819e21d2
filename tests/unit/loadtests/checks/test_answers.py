"""Wrong answers are never counted as right."""

import copy
import json
from typing import Any

import pytest

from loadtests.checks.answers import Checker
from loadtests.traffic.corpus import Text
from loadtests.traffic.requests import Request

REQUEST = Request("text", "/v1/classify", b"", "application/json", (Text("Hi", "fresh"),))
HEAD = {"status": "ok", "label": "yes", "scores": {"yes": 0.8, "no": 0.2}, "version": "1"}
ANSWER: dict[str, Any] = {
    "decision": {"decided_by": "model"},
    "heads": {"a": HEAD, "b": {"status": "not_applicable", "scores": None}},
    "encoder": {"cache": "miss", "tokens": 4},
    "timings_ms": {"total": 3.0},
}


def _changed(**heads: Any) -> bytes:
    answer = copy.deepcopy(ANSWER)
    answer["heads"]["a"].update(heads)
    return json.dumps(answer).encode()


def test_a_right_answer_is_right() -> None:
    """Status 200 with every head answered is ok, and its path and coverage are counted."""
    finding = Checker(heads=2).check(REQUEST, 200, json.dumps(ANSWER).encode())

    assert (finding.outcome, finding.paths) == ("ok", ("miss",))
    assert (finding.heads_answered, finding.heads_asked) == (2, 2)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, _changed(status="unavailable"), "fail_open"),
        (200, _changed(scores={"yes": 1.7, "no": 0}), "wrong"),
        (200, _changed(label="maybe"), "wrong"),
        (200, b"{}", "wrong"),
        (200, b"<html>", "wrong"),
        (500, b"{}", "broken"),
        (0, b"", "broken"),
        (503, b"{}", "refused"),
    ],
)
def test_other_answers_are_named_for_what_they_are(status: int, body: bytes, outcome: str) -> None:
    """Fail-open, impossible content, errors and refusals are told apart."""
    assert Checker(heads=2).check(REQUEST, status, body).outcome == outcome


def test_a_missing_head_is_fail_open() -> None:
    """A 200 in which fewer heads answered than serve is a failure."""
    assert Checker(heads=3).check(REQUEST, 200, json.dumps(ANSWER).encode()).outcome == "fail_open"


def test_the_same_words_must_be_judged_the_same() -> None:
    """Another score for the same words and version is wrong; another version may differ."""
    checker = Checker(heads=2)
    checker.check(REQUEST, 200, json.dumps(ANSWER).encode())
    other = {"scores": {"yes": 0.3, "no": 0.7}}

    assert checker.check(REQUEST, 200, _changed(**other)).outcome == "wrong"
    assert checker.check(REQUEST, 200, _changed(**other, version="2")).outcome == "ok"
    assert checker.versions == {"a@1": 2, "a@2": 1}


def test_bad_input_must_be_refused_with_a_code() -> None:
    """Bad input answered 200, or refused without a stable code, is a failure."""
    bad = Request("bad", "/v1/classify", b"", "application/json", (), 422)
    fine = json.dumps({"status": 422, "code": "invalid"}).encode()

    assert Checker(heads=2).check(bad, 422, fine).outcome == "ok"
    assert Checker(heads=2).check(bad, 422, b'{"status": 422}').outcome == "wrong"
    assert Checker(heads=2).check(bad, 200, json.dumps(ANSWER).encode()).outcome == "broken"


def test_a_batch_must_answer_each_item() -> None:
    """A batch's answer of another length, or with a failed good item, is wrong."""
    batch = Request("batch", "", b"", "", (Text("Hi", "fresh"), Text("Yes", "stock")))
    item = {"status": 200, "answer": ANSWER}
    whole = {"items": [item, item], "timings_ms": {}}
    failed = {"items": [item, {"status": 500}], "timings_ms": {}}

    def outcome(answer: dict[str, Any]) -> str:
        return Checker(heads=2).check(batch, 200, json.dumps(answer).encode()).outcome

    assert outcome(whole) == "ok"
    assert outcome(failed) == "wrong"
    assert outcome({"items": [item], "timings_ms": {}}) == "wrong"


def test_the_sample_for_the_reference_is_bounded() -> None:
    """No more answers are kept than asked, however many come."""
    checker = Checker(heads=2, keep=5)
    for _ in range(50):
        checker.check(REQUEST, 200, json.dumps(ANSWER).encode())

    assert len(checker.sampled) == 5
    assert checker.sampled[0].scores == {"a": HEAD["scores"]}


def test_a_batch_of_which_a_text_is_refused_for_now_is_refused() -> None:
    """An item of a batch that may be sent again is no wrong answer, and no right one."""
    refused = {"status": 503, "problem": {"code": "embedder_unavailable", "status": 503}}
    items = json.dumps({"items": [{"status": 200, "answer": ANSWER}, refused]}).encode()
    texts = (Text("Hi", "fresh"), Text("Ho", "fresh"))
    batch = Request("batch", "/v1/classify/batch", b"", "application/json", texts)
    assert Checker(heads=2).check(batch, 200, items).outcome == "refused"
