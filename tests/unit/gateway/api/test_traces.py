"""A request's trace, on the way through Flask and past it: whole, and without a caller's words."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from embedder.errors import Unavailable
from embedder.testing.embedder import FakeEmbedder
from gateway import metrics
from gateway.app import Gateway
from gateway.config import Settings
from tests.support.collector import TRACES, Collector, attributes, collecting
from tests.support.pools import FakePool, head_set, info
from tests.support.waiting import until
from trunkline.otlp.opening import open_tracer
from trunkline.telemetry import trace_context

TRACE, CALLER = "a1" * 16, "b2" * 8
SAMPLED = f"00-{TRACE}-{CALLER}-01"
CANARY = "zanzibar"
MAIL = {
    "text": f"{CANARY} costs too much, ask {CANARY}@{CANARY}.example.",
    "subject": CANARY,
    "last_outbound": CANARY,
    "headers": {"Message-ID": f"<{CANARY}@x>", "From": f"{CANARY}@x.example"},
}
RAW = f"From: {CANARY}@x.example\r\nSubject: {CANARY}\r\n\r\n{CANARY}?\r\n".encode()


class Traced:
    """A gateway that sends its traces to a collector."""

    def __init__(self, collector: Collector, share: float = 0) -> None:
        self.collector = collector
        self.embedder = FakeEmbedder()
        settings = Settings(encoder_refresh_s=60, otlp_endpoint=collector.address)
        tracer = open_tracer("gateway", settings, metrics.record_spans, share)
        pool = FakePool(head_set(info("intent")))
        self.gateway = Gateway(settings, self.embedder, pool, tracer=tracer)
        self.app: Flask = self.gateway.app
        until(self._warm, "the gateway did not warm up")

    def _warm(self) -> bool:
        health = self.app.test_client().get("/readyz").get_json()
        return bool(health["checks"]["warm"] == "ok")

    def send(self, **request: Any) -> Response:
        """Send a request to the whole application."""
        asked = {"path": "/v1/classify", "method": "POST", **request}
        return Response(*run_wsgi_app(self.app.wsgi_app, EnvironBuilder(**asked).get_environ()))

    def spans(self) -> list[Span]:
        """End the gateway and return all spans that it recorded."""
        self.gateway.close()
        return [span for _, span in self.collector.spans()]


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Yield a collector."""
    with collecting() as running:
        yield running


SAMPLED_HEADER = {"traceparent": SAMPLED}
ROADS: Mapping[str, dict[str, Any]] = {
    "past Flask": {"json": MAIL, "headers": SAMPLED_HEADER},
    "by Flask": {"json": MAIL, "headers": SAMPLED_HEADER, "base_url": "http://a_host/"},
    "a message": {
        "data": RAW, "content_type": "message/rfc822", "headers": SAMPLED_HEADER,
    },
    "a batch": {
        "path": "/v1/classify/batch", "json": {"items": [MAIL, {"text": "Yes."}]},
        "headers": SAMPLED_HEADER,
    },
}  # fmt: skip


@pytest.mark.parametrize("road", ROADS)
def test_every_road_leaves_one_whole_trace(collector: Collector, road: str) -> None:
    """Under the caller's span the request, under that its stages, as long as the answer says."""
    traced = Traced(collector)
    answer = traced.send(**ROADS[road])
    spans = traced.spans()
    (own,) = [span for span in spans if span.parent_span_id.hex() == CALLER]
    stages = {span.name: span for span in spans if span is not own}
    said = answer.get_json()["timings_ms"]

    assert answer.status_code == 200
    assert {span.trace_id.hex() for span in spans} == {TRACE}
    assert stages.keys() == {"wait", "clean", "embed", "heads"}
    assert all(span.parent_span_id == own.span_id for span in stages.values())
    for name in ("clean", "embed", "heads"):
        span = stages[name]
        spent_ms = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
        assert spent_ms == pytest.approx(said[name], abs=0.01)
        assert own.start_time_unix_nano <= span.start_time_unix_nano
        assert span.end_time_unix_nano <= own.end_time_unix_nano
    assert attributes(own)["http.response.status_code"] == 200
    assert attributes(own)["trunkline.answer.id"]
    assert attributes(own)["trunkline.embeddings.miss"] == (2 if road == "a batch" else 1)


def test_calls_are_under_the_stage_that_made_them(collector: Collector) -> None:
    """The embedder and the heads are asked with the contexts of `embed` and `heads`."""
    traced = Traced(collector)
    traced.send(**ROADS["past Flask"])
    stages = {span.name: span for span in traced.spans()}
    sent = trace_context(traced.embedder.traceparents[-1])

    assert sent is not None
    assert (sent.trace_id, sent.span_id) == (TRACE, stages["embed"].span_id.hex())
    assert stages["embed"].kind == stages["heads"].kind == Span.SPAN_KIND_CLIENT


@pytest.mark.parametrize("road", ["past Flask", "by Flask"])
def test_a_request_that_fails_is_one_trace_with_what_it_reached(
    collector: Collector, road: str
) -> None:
    """The way past Flask gives its trace on; the stage that failed is marked."""
    traced = Traced(collector)
    traced.embedder.error = Unavailable("away")
    answer = traced.send(**ROADS[road])
    spans = {span.name: span for span in traced.spans()}

    assert answer.status_code == 503
    assert spans.keys() == {"POST /v1/classify", "wait", "clean", "embed"}
    assert attributes(spans["POST /v1/classify"])["error.type"] == answer.get_json()["code"]
    for name in ("POST /v1/classify", "embed"):
        assert spans[name].status.code == spans[name].status.STATUS_CODE_ERROR


def test_a_cached_answer_says_so(collector: Collector) -> None:
    """Nobody was asked, and the trace shows whose answer it is."""
    traced = Traced(collector)
    traced.send(json=MAIL)
    traced.send(**ROADS["past Flask"])
    spans = {span.name: span for span in traced.spans()}

    assert spans.keys() == {"POST /v1/classify", "wait", "clean"}
    assert attributes(spans["POST /v1/classify"])["trunkline.answer_cache.hits"] == 1


def test_requests_of_callers_that_do_not_record_leave_nothing(collector: Collector) -> None:
    """An unsampled context, none at all, or probes: no span."""
    traced = Traced(collector)
    traced.send(json=MAIL, headers={"traceparent": SAMPLED[:-1] + "0"})
    traced.send(json=MAIL)
    traced.send(path="/livez", method="GET", headers=SAMPLED_HEADER)

    assert not traced.spans()
    assert set(traced.embedder.traceparents) == {""}


@pytest.mark.parametrize("request_", [ROADS["past Flask"], {"json": {"colour": "red"}}])
def test_a_trace_begun_here_is_shown_to_the_caller(
    collector: Collector, request_: dict[str, Any]
) -> None:
    """Who sent no context finds the trace by the answer's; the lot is drawn once."""
    traced = Traced(collector, share=1)
    answer = traced.send(**{**request_, "headers": {}})
    shown = trace_context(answer.headers["traceparent"])
    roots = [span for span in traced.spans() if not span.parent_span_id]

    assert shown is not None
    assert [(s.trace_id.hex(), s.span_id.hex()) for s in roots] == [(shown.trace_id, shown.span_id)]


def test_nothing_that_a_caller_sends_is_in_a_trace(collector: Collector) -> None:
    """Not in a name, an attribute or an event: mail, addresses, query, path, ids, names."""
    traced = Traced(collector)
    headers = {
        **SAMPLED_HEADER, "User-Agent": CANARY, "X-Request-Id": CANARY, "X-Tenant-Id": CANARY,
        "Referer": f"http://{CANARY}/", "Authorization": f"Bearer {CANARY}",
    }  # fmt: skip
    requests = [{**request, "headers": headers} for request in ROADS.values()]
    requests += [
        {"json": MAIL, "query_string": f"key={CANARY}", "headers": headers},
        {"json": {**MAIL, "heads": [CANARY]}, "headers": headers},
        {"json": {CANARY: CANARY}, "headers": headers},
        {"path": f"/{CANARY}", "method": "GET", "headers": headers},
        {"method": CANARY.upper(), "headers": headers},
        {"path": "/v1/embeddings", "json": {"input": CANARY, "model": CANARY}, "headers": headers},
        {"path": "/v1/clean", "json": MAIL, "headers": headers},
    ]
    for request in requests:
        traced.send(**request)
    traced.spans()
    sent = b"".join(collector.bodies(TRACES)).lower()

    assert sent.count(bytes.fromhex(TRACE)) >= len(requests)
    assert CANARY.encode() not in sent


def test_a_collector_that_is_away_costs_no_answer(collector: Collector) -> None:
    """Answers go on, and what could not be sent is counted."""
    collector.status = 503
    traced = Traced(collector)
    before = metrics.TRACE_SPANS.labels("dropped")._value.get()
    answers = [traced.send(**ROADS["past Flask"]).status_code for _ in range(20)]
    traced.gateway.close()

    assert answers == [200] * 20
    assert metrics.TRACE_SPANS.labels("dropped")._value.get() > before
