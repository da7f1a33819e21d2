"""The application as a whole, in memory: its routes, its document, its last resort."""

import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask, Response

from embedder.testing.embedder import FakeEmbedder
from gateway.api.openapi import document
from gateway.app import Gateway
from gateway.auth.guard import access_of
from gateway.config import Settings
from heads.prediction import HeadSet


class NoHeads:
    """A pool that serves nothing and, while `broken`, fails by an unexpected error."""

    broken = False

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """Serve nothing, or fail while `broken`."""
        if self.broken:
            raise ZeroDivisionError("canary: division of secret@example.com")
        return HeadSet(0, {})

    def known_head_set(self) -> HeadSet | None:
        """Know nothing."""
        return None

    def predict(self, _request: object) -> dict[str, object]:
        """Never called."""
        raise AssertionError

    def close(self) -> None:
        """Nothing to give back."""


@pytest.fixture
def pool() -> NoHeads:
    """Make the pool behind `app`."""
    return NoHeads()


@pytest.fixture
def app(pool: NoHeads) -> Iterator[Flask]:
    """Run an application on fakes."""
    made = Gateway(Settings(encoder_refresh_s=60), FakeEmbedder(), pool)  # type: ignore[arg-type]
    yield made.app
    made.close()


def test_the_document_is_the_routes(app: Flask) -> None:
    """Every route but the pages, and but Label Studio's, is in the document, and nothing else."""
    pages = {"/docs", "/favicon.ico", "/static/<path:filename>"}
    routed = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if not access_of(app.view_functions[rule.endpoint]).page
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule not in pages and not rule.rule.startswith(("/docs/assets", "/ls/"))
    }
    described = {
        (path, method) for path, methods in document(app)["paths"].items() for method in methods
    }
    assert routed == described


def test_every_reference_in_the_document_resolves(app: Flask) -> None:
    """The document can be read by machines: each `$ref` points to a schema that is there."""
    text = json.dumps(document(app))
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(document(app)["components"]["schemas"])


def test_what_nobody_planned_is_500_without_details(
    app: Flask, pool: NoHeads, capfd: pytest.CaptureFixture[str]
) -> None:
    """The caller learns a code, the log a type and a place; the message reaches neither."""
    pool.broken = True
    response = app.test_client().post("/v1/classify", json={"text": "hello"})
    assert response.status_code == 500
    assert json.loads(response.data)["code"] == "internal"
    assert b"canary" not in response.data
    out, err = capfd.readouterr()
    assert "ZeroDivisionError" in out + err
    assert "canary" not in out + err


def test_a_hook_that_breaks_is_500_in_the_structured_log_alone(
    app: Flask, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What fails behind a route is not the caller's fault; Flask's log, which quotes, is off."""

    @app.after_request
    def broken(response: Response) -> Response:
        raise ZeroDivisionError("canary: division of secret@example.com")

    response = app.test_client().get("/livez")
    assert (response.status_code, json.loads(response.data)["code"]) == (500, "internal")
    out, err = capfd.readouterr()
    assert "canary" not in out + err
    assert out.count("internal_error") == 1
    assert "ZeroDivisionError" in out
    assert ":broken" in out
    assert caplog.records == []


def test_the_build_that_runs_is_told(app: Flask) -> None:
    """`/version` and the metric name the same release and commit."""
    build = json.loads(app.test_client().get("/version").data)
    metrics = app.test_client().get("/metrics").data.decode()

    assert build["service"] == "gateway"
    labels = f'commit="{build["commit"]}",version="{build["version"]}"'
    assert f"\ngateway_build_info{{{labels}}} 1.0\n" in metrics


def test_without_heads_a_rule_still_decides(app: Flask) -> None:
    """No head is needed for an empty mail; with words in it the answer is 503, come back."""
    client = app.test_client()
    empty = client.post("/v1/classify", json={"text": ""})
    assert json.loads(empty.data)["decision"]["decided_by"] == "rule"
    words = client.post("/v1/classify", json={"text": "hello there"})
    assert (words.status_code, json.loads(words.data)["code"]) == (503, "heads_unavailable")
    assert words.headers["Retry-After"] == "1"
    assert client.get("/readyz").status_code == 503


def test_every_known_series_exists_from_the_start(app: Flask) -> None:
    """A scrape before the first request shows the series that alerts are written on."""
    text = app.test_client().get("/metrics").data.decode()
    for series in (
        'gateway_requests_total{route="/v1/classify",status="429"}',
        'gateway_requests_total{route="/v1/classify/batch",status="503"}',
        'gateway_request_seconds_count{route="/v1/classify"}',
        'gateway_stage_seconds_count{stage="embed"}',
        'gateway_coverage_emails_total{coverage="partial"}',
        'gateway_embeddings_total{cache="coalesced"}',
        'gateway_answer_cache_lookups_total{result="hit"}',
        "gateway_answer_cache_evictions_total",
        "gateway_truncated_emails_total",
        "gateway_in_flight_requests",
    ):
        assert f"\n{series} " in text, series
