"""Tables of answers between gateways and heads services of this release and of earlier ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from heads.config import load_settings
from heads.pools import wire
from heads.pools.asking import Asked
from heads.pools.local import LocalPool
from heads.pools.table_wire import ROWS_AT
from heads.prediction import FeatureRow, HeadScores, HeadSet, PredictRequest, ScoreTable
from heads.registry.registry import Registry
from heads.service.app import create_app
from heads.service.metrics import Metrics
from protos.heads.v1 import heads_pb2 as pb
from tests.support.bundles import FINGERPRINT, feature_rows, put_live
from tests.support.waiting import WAIT_S

ROWS = feature_rows(3)


class Service:
    """A heads service in this process, whose requests are put to it as a gateway would."""

    def __init__(self, catalog: Path) -> None:
        self.registry = Registry(catalog)
        self.registry.poll()
        settings = load_settings({"HEADS_CATALOG": str(catalog)})
        self.app: Flask = create_app(settings, self.registry, Metrics(shared=False))

    def request(self, rows: list[FeatureRow] = ROWS, **changes: Any) -> PredictRequest:
        """Ask about all heads that it serves now."""
        head_set: HeadSet = self.registry.current().head_set
        given = {"names": tuple(head_set.heads), "fingerprint": FINGERPRINT, **changes}
        return PredictRequest(head_set=head_set, rows=rows, timeout_s=WAIT_S, **given)

    def post(self, body: bytes, **headers: str) -> TestResponse:
        """Send a body."""
        return self.app.test_client().post(
            "/v1/predict", data=body, content_type=wire.MEDIA_TYPE, headers=headers
        )

    def ask(self, asked: Asked, request: PredictRequest) -> bytes:
        """Return the reply to a request for a table."""
        body, rows_at = asked.body(request)
        reply: bytes = self.post(body, **({ROWS_AT: str(rows_at)} if rows_at else {})).data
        return reply

    def counted(self, head: str) -> float:
        """Return the rows that a head has answered."""
        text = self.app.test_client().get("/metrics").get_data(as_text=True)
        start = f'heads_predictions_total{{head="{head}",status="ok",version="1"}} '
        return float(next(line for line in text.splitlines() if line.startswith(start)).split()[1])


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Serve heads of all kinds."""
    put_live(tmp_path)
    put_live(tmp_path, 1, name="yes_no", kind="sigmoid", labels=("yes", "no"))
    put_live(tmp_path, 2, name="many", kind="sigmoid", labels=("a", "b"))
    views = [{"views": ["mean@3", "mean@6"], "hidden": 4}, {"lexical": True}]
    unlike = {"views": ["mean@3"], "rank": 2, "limit": 0.7}
    put_live(tmp_path, 3, name="whole", members=views, unlike=unlike)
    made = Service(tmp_path)
    yield made
    made.registry.close()


def same(before: HeadScores, after: HeadScores) -> None:
    """Hold two answers to be equal: numbers to the last bit, thresholds as float32."""
    assert before.scores.tobytes() == after.scores.tobytes()
    np.testing.assert_array_equal(
        np.array(before.thresholds, np.float32), np.array(after.thresholds, np.float32)
    )
    alike = after._replace(scores=before.scores, thresholds=before.thresholds)
    assert all(one == other for one, other in zip(before, alike, strict=True) if one is not other)


def test_a_table_holds_what_is_answered_head_by_head(service: Service) -> None:
    """In this process, and over the service with and without a table: the same answers."""
    request = service.request()
    asked = Asked(request)
    table = asked.parse(service.ask(asked, request), request)
    assert isinstance(table, ScoreTable)
    body, _ = asked.body(request)
    listed = wire.parse_response(service.post(body).data, request.head_set)
    local = LocalPool(service.registry).predict(request)
    assert [answer.name for answer in listed] == list(table) == list(local)
    for answer in listed:
        full = answer if answer.unlike else answer._replace(unlike=(False,) * len(ROWS))
        same(full, table[answer.name])
        same(full, local[answer.name])
    assert service.counted("intent") == 2 * len(ROWS)


def test_columns_travel_once_until_a_version_changes(service: Service, tmp_path: Path) -> None:
    """A reply names columns that the asker has by their digest; new ones come by themselves."""
    request = service.request()
    asked = Asked(request)
    first = service.ask(asked, request)
    assert pb.PredictResponse.FromString(first).table.columns
    assert list(asked.parse(first, request)) == list(request.names)
    second = service.ask(asked, request)
    assert not pb.PredictResponse.FromString(second).table.columns
    assert list(asked.parse(second, request)) == list(request.names)
    body, _ = asked.body(request)
    put_live(tmp_path, 7, version="2", labels=("positive", "negative"))
    service.registry.poll()
    later = service.request()
    reply = service.ask(Asked(later), later)
    assert pb.PredictResponse.FromString(reply).table.columns
    pinned = wire.parse_response(service.post(body).data, request.head_set)
    assert [answer.version for answer in pinned] == ["1"] * 4  # a replaced version answers on


def test_an_older_service_takes_the_request_as_any_other(service: Service) -> None:
    """Question and rows read as one PredictRequest, and an answer without a table is taken."""
    request = service.request()
    asked = Asked(request)
    body, _ = asked.body(request)
    refs, rows, fingerprint = wire.parse_request(body)
    assert (refs, fingerprint) == (list(request.refs().values()), FINGERPRINT)
    for sent, got in zip(request.rows, rows, strict=True):
        assert got.text == sent.text
        for view, vector in got.vectors.items():
            np.testing.assert_array_equal(vector, sent.vectors[view])
    answers = asked.parse(service.post(body).data, request)  # as it does not read the header
    assert isinstance(answers, list)
    assert [answer.status for answer in answers] == ["ok"] * 4


@pytest.mark.parametrize(
    "changes",
    [
        {"fingerprint": "sha256:" + "9" * 64},
        {"names": ("intent", "nobody")},
        {"names": ("intent", "intent@1")},
        {"names": ("intent@9",)},
        {"rows": [FeatureRow({"mean@3": np.zeros(8, np.float32)}, "a")]},
        {"rows": [FeatureRow({"mean@3": np.full(8, np.nan, np.float32)}, "a")], "names": ("many",)},
    ],
)
def test_a_head_that_fails_is_answered_for_head_by_head(
    service: Service, changes: dict[str, Any]
) -> None:
    """Each head's own status and reason come as they do without tables."""
    request = service.request(**changes)
    asked = Asked(request)
    answers = asked.parse(service.ask(asked, request), request)
    assert isinstance(answers, list)
    local = LocalPool(service.registry).predict(request)
    assert not isinstance(local, ScoreTable)
    assert [a.status for a in answers] == [a.status for a in local.values()]


@pytest.mark.parametrize("rows_at", ["-1", "1", "x", "²", "999999", "9" * 40, "0"])
def test_a_header_that_is_wrong_changes_no_answer(service: Service, rows_at: str) -> None:
    """What cannot be read in two parts is read as one."""
    request = service.request()
    body, _ = Asked(request).body(request)
    reply = service.post(body, **{ROWS_AT: rows_at})
    answers = wire.parse_response(reply.data, request.head_set)
    assert [answer.status for answer in answers] == ["ok"] * 4
