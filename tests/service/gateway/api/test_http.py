"""The gateway as it runs: gunicorn, a real embedder over a fake encoder, heads from a catalog."""

import base64
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

from embedder.config import Settings as EmbedderSettings
from embedder.testing.embedder import FAKE_FINGERPRINT
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from gateway.api import response_models as shapes
from loadtests.stack.processes import ROOT
from loadtests.stack.stack import Stack
from tests.support.pools import DIM, write_head
from tests.support.waiting import PATIENT, START_S, WAIT_S, until

pytestmark = pytest.mark.service

CANARY = "canary.person@secret.example"
INTENTS = ["positive", "objection", "other"]
REASONS = ["budget", "timing"]


@dataclass
class Gateway:
    """A running gateway and what stands behind it."""

    url: str
    log: Path
    encoder: FakeEncoder
    http: urllib3.PoolManager

    def send(self, method: str, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Send one request, once."""
        return self.http.request(method, self.url + path, retries=False, timeout=WAIT_S, **options)

    def classify(
        self, text: str, headers: dict[str, str] | None = None, **members: Any
    ) -> urllib3.BaseHTTPResponse:
        """Classify a text."""
        return self.send(
            "POST", "/v1/classify", json={"text": text, **members}, headers=headers or {}
        )

    def metric(self, line: str) -> float:
        """Read one series by its name and labels, exactly as exposed."""
        for shown in self.send("GET", "/metrics").data.decode().splitlines():
            if shown.startswith(line + " "):
                return float(shown.rpartition(" ")[2])
        raise KeyError(line)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Run a gateway of one worker; its embedder queues 8 texts at most."""
    folder = tmp_path_factory.mktemp("gateway")
    catalog = folder / "catalog"
    write_head(catalog, "intent", INTENTS)
    write_head(catalog, "objection_reason", REASONS, ("intent", "objection"))
    write_head(catalog, "foreign", ["a", "b"], fingerprint="sha256:" + "f" * 64)
    encoder = FakeEncoder(dim=DIM)
    settings = EmbedderSettings(port=0, metrics_port=0, max_queue_size=8)
    with serve_server(encoder, settings) as server:
        stack = Stack(folder, environment(catalog, f"127.0.0.1:{server.port}"))
        try:
            stack.start("gateway")
            http = urllib3.PoolManager(maxsize=32)
            yield Gateway(stack.gateway_url, folder / "gateway.log", encoder, http)
            http.clear()
        finally:
            encoder.gate.set()
            stack.stop()


def environment(catalog: Path, target: str) -> dict[str, str]:
    """Build the settings of a gateway with heads in process and one worker."""
    return {
        "GATEWAY_EMBEDDER": target,
        "GATEWAY_HEADS": "local",
        "GATEWAY_CATALOG": str(catalog),
        "GATEWAY_WORKERS": "1",
        "GATEWAY_THREADS": "16",
        "GATEWAY_ENCODER_REFRESH_S": "0.1",
        **PATIENT,
    }


def caller(gateway: Gateway, words: str) -> socket.socket:
    """Connect, say `words` and nothing more."""
    url = urllib3.util.parse_url(gateway.url)
    connected = socket.create_connection((url.host, url.port), timeout=WAIT_S)
    connected.sendall(words.encode())
    return connected


def problem(response: urllib3.BaseHTTPResponse, status: int, code: str) -> dict[str, Any]:
    """Check that a response is this problem document and return it."""
    assert response.status == status
    assert response.headers["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = shapes.Problem.model_validate_json(response.data).model_dump()
    assert (document["status"], document["code"]) == (status, code)
    assert document["id"] == response.headers["X-Request-Id"]
    return document


def test_an_answer_has_the_documented_shape(gateway: Gateway) -> None:
    """Exactly the members of the contract; heads sum to one, provenance is complete."""
    response = gateway.classify("We talked about the shape of things.")
    answer = shapes.AnswerShape.model_validate_json(response.data)
    intent = answer.heads["intent"]
    assert sum(intent.scores.values()) == pytest.approx(1, abs=1e-5)
    assert intent.label == max(intent.scores, key=lambda label: intent.scores[label])
    assert answer.decision.intent == intent.label
    assert answer.encoder is not None
    assert answer.encoder.fingerprint == FAKE_FINGERPRINT
    assert (answer.encoder.tokens, answer.encoder.tokens_total) == (9, 9)
    assert answer.encoder.cache == "miss"
    assert answer.text.kept_chars == 36
    assert "total;dur=" in response.headers["Server-Timing"]


def test_a_head_that_cannot_run_is_told_in_a_200(gateway: Gateway) -> None:
    """A head made for another encoder has its status; the others answer; coverage counts it."""
    before = gateway.metric('gateway_coverage_emails_total{coverage="partial"}')
    heads = json.loads(gateway.classify("A partial answer is an answer.").data)["heads"]
    assert heads["foreign"]["status"] == "fingerprint_mismatch"
    assert heads["foreign"]["label"] is None
    assert heads["intent"]["status"] == "ok"
    assert gateway.metric('gateway_coverage_emails_total{coverage="partial"}') == before + 1


def test_a_repeated_text_is_answered_from_the_answer_cache(gateway: Gateway) -> None:
    """Equal words, equal scores, another id; a partial answer is never cached, the embedding is."""
    first = json.loads(gateway.classify("Cache this.", heads=["intent"]).data)
    second = json.loads(gateway.classify("Cache this.", heads=["intent"]).data)
    assert (first["encoder"]["cache"], second["encoder"]["cache"]) == ("miss", "answer")
    assert first["heads"] == second["heads"]
    assert first["id"] < second["id"]
    partial = [json.loads(gateway.classify("Not this.").data)["encoder"]["cache"] for _ in "ab"]
    assert partial == ["miss", "hit"]
    assert gateway.metric('gateway_answer_cache_lookups_total{result="hit"}') >= 1


def test_ids_and_trace_context_pass_through(gateway: Gateway) -> None:
    """A caller's request id and trace parent come back; a harmful id is replaced."""
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    sent = {"X-Request-Id": "order-66", "traceparent": trace}
    response = gateway.classify("hello", headers=sent)
    assert response.headers["X-Request-Id"] == "order-66"
    assert response.headers["traceparent"] == trace
    replaced = gateway.classify("hello", headers={"X-Request-Id": "a b"}).headers["X-Request-Id"]
    assert len(replaced) == 26


def test_a_raw_message_is_taken_as_base64_and_as_body(gateway: Gateway) -> None:
    """Both ways of sending a message give the same scores; options come from the query."""
    message = b"From: a@b.example\r\nSubject: Re: hi\r\n\r\nPlease send details.\r\n"
    coded = {"raw": base64.b64encode(message).decode(), "heads": ["intent"]}
    answer = gateway.send("POST", "/v1/classify", json=coded)
    kind = {"Content-Type": "message/rfc822"}
    two = gateway.send("POST", "/v1/classify?heads=intent", body=message, headers=kind)
    assert answer.status == two.status == 200
    assert json.loads(answer.data)["heads"] == json.loads(two.data)["heads"]
    assert set(json.loads(two.data)["heads"]) == {"intent"}


def test_a_large_message_comes_as_it_is(gateway: Gateway) -> None:
    """3 MB are read as a message; as JSON they are too many, and the refusal says what may be."""
    message = b"From: a@b.example\r\n\r\nYes.\r\n" + b"x" * 3_000_000
    for path in ("/v1/classify", "/v1/clean", "/invocations"):
        sent = gateway.send("POST", path, body=message, headers={"Content-Type": "message/rfc822"})
        assert sent.status == 200
    coded = {"raw": base64.b64encode(message).decode()}
    refused = problem(gateway.send("POST", "/v1/classify", json=coded), 413, "body_too_large")
    assert refused["limit"] == 2 << 20
    assert str(25 << 20) in refused["detail"]


def test_a_batch_answers_each_item_with_one_forward_each(gateway: Gateway) -> None:
    """Bad, poisoned and empty items fail or decide alone, in order; one embedder call for all."""
    calls = len(gateway.encoder.batches)
    items: list[Any] = [
        {"text": "Batch one."},
        {"txt": "x"},
        7,
        {"text": ""},
        {"text": "Batch two"},
    ]
    response = gateway.send("POST", "/v1/classify/batch", json={"items": items})
    answer = shapes.BatchAnswerShape.model_validate_json(response.data)
    assert [item.status for item in answer.items] == [200, 422, 422, 200, 200]
    assert answer.items[3].answer is not None
    assert answer.items[3].answer.decision.decided_by == "rule"
    assert answer.items[3].answer.encoder is None
    assert sum(len(batch) for batch in gateway.encoder.batches[calls:]) == 2
    alone = json.loads(gateway.classify("Batch two").data)["heads"]
    assert json.loads(response.data)["items"][4]["answer"]["heads"] == alone


def test_a_poisoned_item_fails_alone(gateway: Gateway) -> None:
    """A text that the encoder cannot take is that item's error; its neighbours have answers."""
    items = [{"text": "fine one"}, {"text": "poison"}, {"text": "fine two"}]
    response = gateway.send("POST", "/v1/classify/batch", json={"items": items})
    answered = shapes.BatchAnswerShape.model_validate_json(response.data).items
    assert [item.status == 200 for item in answered] == [True, False, True]
    assert answered[1].problem is not None


@pytest.mark.parametrize(
    ("path", "options", "status", "code"),
    [
        ("/v1/classify", {"body": b"{"}, 400, "invalid_json"),
        ("/v1/classify", {"body": b"x" * (2 * 2**20 + 1)}, 413, "body_too_large"),
        ("/v1/classify", {"body": b"{}", "type": "text/plain"}, 415, "media_type_unsupported"),
        ("/v1/classify", {"body": b"{}", "zip": "gzip"}, 415, "content_encoding_unsupported"),
        ("/v1/classify", {"body": b'{"text": 1}'}, 422, "validation_failed"),
        ("/v1/classify", {"body": b'{"text": "", "heads": ["no"]}'}, 422, "unknown_head"),
        ("/v1/classify", {"body": b'{"text": ""}', "ms": "soon"}, 400, "invalid_timeout"),
        ("/v1/classify/batch", {"body": b'{"items": []}'}, 422, "validation_failed"),
        ("/v1/classify/batch", {"body": b"{}", "type": "message/rfc822"}, 415,
         "media_type_unsupported"),
        ("/v1/clean", {"body": b"{}"}, 422, "validation_failed"),
        ("/v1/heads", {"body": b"{}"}, 405, "method_not_allowed"),
        ("/livez", {"body": b"{}"}, 405, "method_not_allowed"),
        ("/readyz", {"body": b"{}"}, 405, "method_not_allowed"),
        ("/metrics", {"body": b"{}"}, 405, "method_not_allowed"),
        ("/openapi.json", {"body": b"{}"}, 405, "method_not_allowed"),
        ("/docs", {"body": b"{}"}, 405, "method_not_allowed"),
        ("/v2/classify", {"body": b"{}"}, 404, "not_found"),
    ],
)  # fmt: skip
def test_bad_requests_get_a_problem_document(
    gateway: Gateway, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    """Every route answers a bad request with RFC 9457, its status and its stable code."""
    headers = {"Content-Type": options.get("type", "application/json")}
    if "zip" in options:
        headers["Content-Encoding"] = options["zip"]
    if "ms" in options:
        headers["X-Request-Timeout-Ms"] = options["ms"]
    problem(gateway.send("POST", path, body=options["body"], headers=headers), status, code)


def test_a_body_of_unknown_length_is_bounded_too(gateway: Gateway) -> None:
    """Chunked transfer cannot get past the limit."""
    chunks = (b" " * 65_536 for _ in range(48))
    headers = {"Content-Type": "application/json"}
    response = gateway.send("POST", "/v1/classify", body=chunks, headers=headers, chunked=True)
    assert problem(response, 413, "body_too_large")["limit"] == 2 * 2**20


def test_every_page_and_description_is_served_from_here(gateway: Gateway) -> None:
    """Pages load only local files under a strict policy; the document lists every route."""
    for path in ("/", "/docs"):
        page = gateway.send("GET", path)
        assert page.status == 200
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith(("default-src 'self'", "default-src 'none'; script-src 'self'"))
        for part in page.data.decode().split('"'):
            if part.startswith(("/static/", "/docs/assets/")):
                assert gateway.send("GET", part).status == 200, part
            assert not part.startswith("http"), part
    document = json.loads(gateway.send("GET", "/openapi.json").data)
    assert set(document["paths"]) >= {"/v1/classify", "/v1/classify/batch", "/v1/clean"}
    for path, methods in document["paths"].items():
        if "get" in methods and "{" not in path:
            without_log = 501 if "501" in methods["get"]["responses"] else 200
            assert gateway.send("GET", path).status == without_log, path
    assert "large_bodies_busy" in str(document["paths"]["/v1/clean"]["post"]["responses"]["503"])


def test_heads_and_cleaning_are_described(gateway: Gateway) -> None:
    """`/v1/heads` lists the set in production; `/v1/clean` shows what a mail is reduced to."""
    heads = shapes.HeadsShape.model_validate_json(gateway.send("GET", "/v1/heads").data)
    assert [head.name for head in heads.heads] == ["foreign", "intent", "objection_reason"]
    cleaned = gateway.send("POST", "/v1/clean", json={"text": "Yes, please.\n\n> Shall I?"})
    assert shapes.CleanedShape.model_validate_json(cleaned.data).text == "Yes, please."


def test_a_deadline_reaches_down_to_the_batcher(gateway: Gateway) -> None:
    """A request whose time ends while the encoder is busy is answered with 504, on time."""
    gateway.encoder.gate.clear()
    try:
        headers = {"X-Request-Timeout-Ms": "300"}
        response = gateway.classify("This will take too long.", headers=headers)
    finally:
        gateway.encoder.gate.set()
    problem(response, 504, "deadline_exceeded")


def test_overload_is_503_with_a_time_to_come_back(gateway: Gateway) -> None:
    """With a full queue the gateway refuses at once; hits are still answered."""
    gateway.classify("A warm text.", heads=["intent"])
    gateway.encoder.gate.clear()
    try:
        with ThreadPoolExecutor(12) as pool:
            batches = [
                pool.submit(
                    gateway.send,
                    "POST",
                    "/v1/classify/batch",
                    json={"items": [{"text": f"flood {n} {i}"} for i in range(6)]},
                )
                for n in range(10)
            ]
            # The gate is shut, so who has an answer did not wait for the encoder.
            until(lambda: any(batch.done() for batch in batches), "nobody was refused")
            hit = gateway.classify("A warm text.", heads=["intent"])
            refused = next(batch.result() for batch in batches if batch.done())
            gateway.encoder.gate.set()
    finally:
        gateway.encoder.gate.set()
    assert json.loads(hit.data)["encoder"]["cache"] == "answer"
    assert int(refused.headers["Retry-After"]) >= 1
    problem(refused, 503, "overloaded")


def test_no_mail_text_reaches_the_log(gateway: Gateway) -> None:
    """Text, addresses, subjects, names, bad input and odd paths leave no trace in the log."""
    gateway.classify(f"Write to {CANARY}", subject=CANARY, headers_={CANARY: CANARY})
    gateway.classify(f"Write to {CANARY}", subject=CANARY, last_outbound=CANARY)
    gateway.classify(f"poison {CANARY}")
    gateway.send("POST", "/v1/classify", json={CANARY: CANARY})
    gateway.send("POST", f"/{CANARY}?q={CANARY}", body=CANARY)
    gateway.classify("x", headers={"X-Request-Id": CANARY, "User-Agent": CANARY})
    start = "POST /v1/classify HTTP/1.1\r\nHost: a\r\n"
    longer_than_announced = f"Content-Length: 2\r\n\r\n{{}}canary has no budget, {CANARY}\r\n\r\n"
    for rest in (f"{CANARY} says hello\r\n\r\n", f"{CANARY}: x\r\n\r\n", longer_than_announced):
        with caller(gateway, start + rest) as stray:
            while stray.recv(65_536):
                pass
    until(lambda: gateway.log.read_text().count("Invalid request") >= 3, "not refused")
    until(lambda: gateway.log.read_text().count('"route":"none"') >= 1, "no log line")
    assert "canary" not in gateway.log.read_text()
    assert "canary" not in gateway.send("GET", "/metrics").data.decode()


@pytest.mark.parametrize(
    "body",
    [
        f"{CANARY}\r\n",
        f"2;{CANARY}\x00\r\n{{}}\r\n0\r\n\r\n",
        f"2\r\n{{}}{CANARY}\r\n0\r\n\r\n",
        f"2\r\n{{}}\r\n0\r\n{CANARY}\r\n\r\n",
    ],
    ids=["size", "extension", "terminator", "trailer"],
)
@pytest.mark.parametrize(("path", "status"), [("/v1/classify", 400), ("/v2/classify", 404)])
def test_broken_chunks_are_the_callers_and_stay_out_of_the_log(
    gateway: Gateway, body: str, path: str, status: int
) -> None:
    """Chunks that make no sense: 400, or the refusal before it, and none of their words kept."""
    start = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    seen, before = b"", len(gateway.log.read_text())
    with caller(gateway, f"{start}Transfer-Encoding: chunked\r\n\r\n{body}") as stray:
        while piece := stray.recv(65_536):
            seen += piece
    assert seen.startswith(f"HTTP/1.1 {status} ".encode())
    until(lambda: '"request"' in gateway.log.read_text()[before:], "no log line")
    written = gateway.log.read_text()[before:]
    assert f'"status":{status}' in written
    assert not any(word in seen.decode() + written for word in ("canary", "Traceback"))


def test_callers_that_stop_in_the_middle_hold_no_thread(gateway: Gateway) -> None:
    """Half a header or half a body in every thread: the worker answers others again by itself."""
    header = "POST /v1/classify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    with ExitStack() as held:
        for _ in range(8):
            held.enter_context(caller(gateway, header))
            held.enter_context(caller(gateway, header + 'Content-Length: 99\r\n\r\n{"text'))
        # A connection of its own stands behind theirs; a kept one might be heard before them.
        last = held.enter_context(caller(gateway, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"))
        assert last.recv(100).startswith(b"HTTP/1.1 200")


def test_many_callers_at_once_get_their_own_answers(gateway: Gateway) -> None:
    """Concurrent requests are never mixed up: each equals its own sequential answer."""
    texts = [f"mixed text number {i}" for i in range(24)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda t: json.loads(gateway.classify(t).data)["heads"], texts))
    alone = [json.loads(gateway.classify(text).data)["heads"] for text in texts]
    assert together == alone


def test_the_embedder_may_go_away_and_come_back(tmp_path: Path) -> None:
    """Without it: not ready, 503 with Retry-After; with it: ready, warm and answering by itself."""
    catalog = tmp_path / "catalog"
    write_head(catalog, "intent", INTENTS)
    encoder = FakeEncoder(dim=DIM)
    stack = Stack(tmp_path, {})
    target = stack.embedder_target
    stack.env.update(environment(catalog, target))
    http = urllib3.PoolManager()
    away = Gateway(stack.gateway_url, tmp_path / "gateway.log", encoder, http)
    settings = EmbedderSettings(port=int(target.rpartition(":")[2]), metrics_port=0)
    try:
        with serve_server(encoder, settings):
            stack.start("gateway")
            assert away.classify("first").status == 200
        lost = away.classify("second")
        problem(lost, 503, "embedder_unavailable")
        assert int(lost.headers["Retry-After"]) >= 1
        until(lambda: away.send("GET", "/readyz").status == 503, "still ready")
        assert away.send("GET", "/livez").status == 200
        assert json.loads(away.classify("first").data)["encoder"]["cache"] == "answer"
        assert json.loads(away.classify("").data)["decision"]["decided_by"] == "rule"
        items = [{"text": "first"}, {"text": ""}, {"text": "third"}]
        batch = away.send("POST", "/v1/classify/batch", json={"items": items})
        assert (batch.status, [i["status"] for i in batch.json()["items"]]) == (
            200,
            [200, 200, 503],
        )
        assert batch.json()["items"][2]["problem"]["code"] == "embedder_unavailable"
        assert int(batch.headers["Retry-After"]) >= 1
        items = [{"text": "third"}, {"text": "fourth"}, {"txt": "not an email"}]
        batch = away.send("POST", "/v1/classify/batch", json={"items": items})
        problem(batch, 503, "embedder_unavailable")
        with serve_server(encoder, settings):
            until(lambda: away.classify("second").status == 200, "did not come back")
            until(lambda: away.send("GET", "/readyz").status == 200, "not ready again")
    finally:
        http.clear()
        stack.stop()
    assert stack.services["gateway"].process.returncode == 0


def test_sigterm_lets_running_requests_end(tmp_path: Path) -> None:
    """A request that is inside when the gateway is stopped gets its answer."""
    catalog = tmp_path / "catalog"
    write_head(catalog, "intent", INTENTS)
    encoder = FakeEncoder(dim=DIM)
    answers: list[int] = []
    with serve_server(encoder, EmbedderSettings(port=0, metrics_port=0)) as server:
        stack = Stack(tmp_path, environment(catalog, f"127.0.0.1:{server.port}"))
        try:
            stack.start("gateway")
            inside = Gateway(stack.gateway_url, tmp_path, encoder, urllib3.PoolManager())
            while encoder.entered.acquire(blocking=False):
                pass
            encoder.gate.clear()
            caller = threading.Thread(
                target=lambda: answers.append(inside.classify("the last one").status)
            )
            caller.start()
            assert encoder.entered.acquire(timeout=WAIT_S)
            stack.services["gateway"].process.terminate()
            encoder.gate.set()
            caller.join(timeout=WAIT_S)
            inside.http.clear()
        finally:
            encoder.gate.set()
            codes = stack.stop()
    assert answers == [200]
    assert codes == {"gateway": 0}


def command(name: str, words: list[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run one of the gateway's commands."""
    line = [sys.executable, "-m", "gateway", name, *words]
    return subprocess.run(line, cwd=ROOT, input=given, capture_output=True)


def test_workers_count_together_and_the_command_line_asks_them(tmp_path: Path) -> None:
    """Whichever worker is scraped, the figures are of all; `check` and `classify` work on it."""
    catalog = tmp_path / "catalog"
    write_head(catalog, "intent", INTENTS)
    encoder = FakeEncoder(dim=DIM)
    with serve_server(encoder, EmbedderSettings(port=0, metrics_port=0)) as server:
        settings = environment(catalog, f"127.0.0.1:{server.port}")
        stack = Stack(tmp_path, {**settings, "GATEWAY_WORKERS": "2"})
        try:
            stack.start("gateway")
            both = Gateway(stack.gateway_url, tmp_path, encoder, urllib3.PoolManager())
            for i in range(20):  # a connection each, so that both workers get some
                both.classify(f"text {i}", headers={"Connection": "close"})
            series = 'gateway_requests_total{route="/v1/classify",status="200"}'
            assert {both.metric(series) for _ in range(8)} == {20}
            patiently = ["--url", stack.gateway_url, "--timeout", str(WAIT_S)]
            until(lambda: command("check", patiently).returncode == 0, "not ready", START_S)
            asked = command("classify", ["-", *patiently], b"hello")
            both.http.clear()
        finally:
            stack.stop()
        gone = command("check", patiently)
    assert (asked.returncode, gone.returncode) == (0, 1)
    assert "intent" in json.loads(asked.stdout)["heads"]
