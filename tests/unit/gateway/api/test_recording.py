"""Every answer is recorded once before it is sent, whichever way it goes."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from embedder.testing.embedder import FakeEmbedder
from gateway.app import Gateway
from gateway.auth.keyring import Keyring
from gateway.auth.keys import new_key
from gateway.config import Settings
from gateway.errors import LogFullError
from gateway.inference import flat_combine
from gateway.inference.classification import HeadAnswer
from gateway.prediction_log.records import Entry, RecordWriter, RequestFacts
from heads.prediction import PredictRequest, ScoreTable, TableColumns
from tests.support.pools import FakePool, head_set, info
from tests.support.waiting import until
from trunkline.logs import configure_logging

KEY, STORED = new_key("acme-only", ["classify"], date(2026, 1, 2), tenants=["acme"])
SUBJECT = {"subject_ref": "s-1", "tags": {"sequence": "autumn"}}
MAIL = {"text": "Tuesday works for me.", **SUBJECT}
AWAY = {"text": "Back on Monday.", "headers": {"Auto-Submitted": "auto-replied"}}
MESSAGE = b"From: ann@example.com\r\nContent-Type: text/plain\r\n\r\nTuesday works for me.\r\n"
TYPE = {"content_type": "message/rfc822"}
QUERY = "subject_ref=s-1&tags=sequence=autumn"
HEADS = ("intent", "has_referral", "objection_reason")
WAYS = ("past Flask", "by Flask")


class TablePool(FakePool):
    """A pool that answers with one table of all heads, as local heads do."""

    columns = TableColumns(HEADS, ("1",) * 3, (("yes", "no"),) * 3, ((0.5, 0.5),) * 3)

    def predict(self, request: PredictRequest) -> ScoreTable:
        """Answer every row alike: the first head yes, the second no, the third in doubt."""
        rows = len(request.rows)
        scores = np.array([[0.9, 0.1, 0.25, 0.75, 0.5, 0.5]] * rows, dtype=np.float32)
        best = np.array([[0, 1, 0]] * rows)
        abstained = np.array([[False, False, True]] * rows)
        return ScoreTable(self.columns, scores, best, abstained, np.zeros_like(abstained))


@dataclass
class Kept:
    """A recorder in memory; it can be `full` before an answer is made, or once it is."""

    full: str = ""
    finds: bool = True
    records: list[tuple[RequestFacts, Sequence[Entry]]] = field(default_factory=list)
    refused: int = 0

    def require_room(self) -> None:
        """Refuse where it is full before."""
        self._require("before")

    def record(self, facts: RequestFacts, entries: Sequence[Entry]) -> bool:
        """Keep what is to be recorded."""
        self._require("after")
        self.records.append((facts, entries))
        return self.finds

    def close(self) -> None:
        """Keep all."""

    def ids(self) -> list[str]:
        """Return the ids of what was recorded, in order."""
        return [entry.id for _, entries in self.records for entry in entries]

    def _require(self, when: str) -> None:
        if self.full == when:
            self.refused += 1
            raise LogFullError(retry_after_s=1.0)


@dataclass
class Made:
    """A gateway that records, and a client for each way into it."""

    gateway: Gateway
    embedder: FakeEmbedder
    kept: Kept

    def post(self, way: str, path: str = "/v1/classify", **request: Any) -> TestResponse:
        """Send a request of the one key that there is."""
        app = self.gateway.app
        wsgi = app.wsgi_app if way == "past Flask" else Flask.wsgi_app.__get__(app)
        return Client(wsgi).post(path, headers={"X-API-Key": KEY}, **request)


@pytest.fixture
def make() -> Iterator[Callable[..., Made]]:
    """Yield a maker of gateways, which closes them."""
    all_made: list[Made] = []

    def make(kept: Kept | None, **settings: Any) -> Made:
        embedder, keyring = FakeEmbedder(), Keyring(STORED.line())
        pool = TablePool(head_set(*map(info, HEADS), generation=7))
        chosen = Settings(encoder_refresh_s=60, **settings)
        gateway = Gateway(chosen, embedder, pool, keyring=keyring, recorder=kept)
        all_made.append(Made(gateway, embedder, kept or Kept()))
        return all_made[-1]

    yield make
    for each in all_made:
        each.gateway.close()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("path", "request_"),
    [
        ("/v1/classify", {"json": MAIL}),
        ("/v1/classify", {"json": AWAY}),
        (f"/v1/classify?{QUERY}", {"data": MESSAGE, **TYPE}),
        ("/invocations", {"json": MAIL}),
        (f"/invocations?{QUERY}", {"data": MESSAGE, **TYPE}),
    ],
)
def test_an_answer_is_recorded_under_its_id(
    make: Callable[..., Made], way: str, path: str, request_: Mapping[str, Any]
) -> None:
    """From heads, a cache or a rule, of JSON or a message: the first and the same once more."""
    made = make(Kept())
    answers = [made.post(way, path, **request_).get_json() for _ in range(2)]

    assert made.kept.ids() == [answer["prediction_id"] for answer in answers]
    for answer, (facts, (entry,)) in zip(answers, made.kept.records, strict=True):
        assert answer["id"] == answer["prediction_id"]
        assert (facts.request_id, facts.tenant) == (answer["request_id"], "acme")
        assert (facts.key_id, facts.batch_id) == ("acme-only", None)
        assert facts.timings_ms == answer["timings_ms"]
        is_ours = request_.get("json") is not AWAY
        assert (entry.subject_ref, entry.tags) == (
            ("s-1", {"sequence": "autumn"}) if is_ours else (None, {})
        )
        assert entry.input_kind == ("text" if "json" in request_ else "raw")


def test_the_answers_of_a_batch_are_one_record_each(make: Callable[..., Made]) -> None:
    """In order, with the batch's id; an item that is refused has none."""
    made = make(Kept())
    batch = {"items": [MAIL, {"text": 7}, AWAY]}
    for path in ("/v1/classify/batch", "/invocations"):
        made.kept.records.clear()
        answer = made.post("past Flask", path, json=batch).get_json()
        (facts, entries) = made.kept.records[0]
        items = [item["answer"] for item in answer["items"] if item["status"] == 200]
        assert made.kept.ids() == [item["prediction_id"] for item in items]
        assert (len(entries), facts.batch_id) == (2, answer["id"])
        assert (facts.request_id, facts.key_id) == (answer["request_id"], "acme-only")


def test_both_ways_record_alike(make: Callable[..., Made]) -> None:
    """The records of one request by the two ways differ in ids and times alone."""
    made = make(Kept(), answer_cache_bytes=0)
    made.post("by Flask", json=MAIL)  # embedded once, a text is a hit from then on
    for way in WAYS:
        made.post(way, json={**MAIL, "heads": ["intent"]})
    records = [
        (replace(facts, request_id="", timings_ms={}), [replace(entry, id="") for entry in entries])
        for facts, entries in made.kept.records[1:]
    ]
    assert records[0] == records[1]
    assert records[0][0].asked_heads == ("intent",)


@pytest.mark.parametrize("way", WAYS)
def test_a_record_has_every_head_of_a_table(
    make: Callable[..., Made], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All probabilities, as the answer shows them, and no head's answer is made for it."""

    def none_of(_: object, name: str) -> HeadAnswer:
        assert name not in HEADS
        raise KeyError(name)

    monkeypatch.setattr(flat_combine.FlatHeads, "__getitem__", none_of)
    made = make(Kept())
    answer = made.post(way, json=MAIL).get_json()
    (facts, (entry,)) = made.kept.records[0]
    record = json.loads(RecordWriter("1", "hash", None, None).write(facts, entry))

    assert set(record["heads"]) == set(HEADS)
    assert record["heads"] == answer["heads"]
    assert record["heads"]["has_referral"]["scores"] == {"yes": 0.25, "no": 0.75}
    assert (record["decision"], record["head_set_generation"]) == (answer["decision"], "7")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_without_room_nothing_is_answered(
    make: Callable[..., Made], way: str, when: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """503 `log_full`, refused once and logged alike; before, the embedder is not asked."""
    configure_logging("gateway", "info", "json")
    made = make(Kept(full=when))
    # Its own first email is no caller's.
    until(lambda: made.embedder.calls, "the gateway did not warm up")
    made.embedder.calls.clear()
    for path, content in (("/v1/classify", MAIL), ("/v1/classify/batch", {"items": [MAIL]})):
        made.kept.refused = 0
        response = made.post(way, path, json=content)
        problem = response.get_json(force=True)
        assert (response.status_code, problem["code"]) == (503, "log_full")
        assert (response.headers["Retry-After"], made.kept.refused) == ("1", 1)
    assert bool(made.embedder.calls) is (when == "after")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    logged = [line for line in lines if line["event"] == "request"]
    assert [(line["code"], line["tenant"], line["stages_ms"]) for line in logged] == [
        ("log_full", "acme", None)
    ] * 2


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kept", [None, Kept(finds=False)])
def test_what_was_not_recorded_has_no_name_there(
    make: Callable[..., Made], way: str, kept: Kept | None
) -> None:
    """Without a log, or where it lost the record, the answer says so and stays an answer."""
    answer = make(kept).post(way, json=MAIL).get_json()
    assert answer["prediction_id"] is None
    assert answer["decision"]["intent"] == "yes"
