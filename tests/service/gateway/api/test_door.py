"""The gateway's door: time counts from the first byte, the dead cost nothing, refusals have ids."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from embedder.config import Settings as EmbedderSettings
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from loadtests.stack.stack import Stack
from tests.support.pools import DIM, write_head
from tests.support.waiting import PATIENT, WAIT_S, until

pytestmark = pytest.mark.service


@contextmanager
def running(folder: Path, **env: str) -> Iterator[tuple[Stack, FakeEncoder]]:
    """Run a gateway of one worker with one thread."""
    catalog, encoder = folder / "catalog", FakeEncoder(dim=DIM)
    write_head(catalog, "intent", ["positive", "objection", "other"])
    with serve_server(encoder, EmbedderSettings(port=0, metrics_port=0)) as server:
        settings = {
            "GATEWAY_EMBEDDER": f"127.0.0.1:{server.port}",
            "GATEWAY_HEADS": "local",
            "GATEWAY_CATALOG": str(catalog),
            "GATEWAY_WORKERS": "1",
            "GATEWAY_THREADS": "1",
            **PATIENT,
            **env,
        }
        stack = Stack(folder, settings)
        try:
            stack.start("gateway")
            until(lambda: "gateway_door_limit_requests" in metrics(stack), "no metrics")
            while encoder.entered.acquire(blocking=False):
                pass
            yield stack, encoder
        finally:
            encoder.gate.set()
            stack.stop()


def metrics(stack: Stack) -> str:
    """Return the gateway's metrics as text."""
    return urllib3.request("GET", f"{stack.gateway_url}/metrics", timeout=WAIT_S).data.decode()


def say(stack: Stack, words: str) -> socket.socket:
    """Connect and say these words."""
    url = urllib3.util.parse_url(stack.gateway_url)
    caller = socket.create_connection((url.host or "", url.port or 0), timeout=WAIT_S)
    caller.sendall(words.encode())
    return caller


def classify_words(text: str, *fields: str) -> str:
    """Return a whole request."""
    body = json.dumps({"text": text})
    lines = ["POST /v1/classify HTTP/1.1", "Host: a", "Content-Type: application/json", *fields]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])


def test_who_waits_past_its_deadline_is_refused_by_the_door(tmp_path: Path) -> None:
    """503 with Retry-After, the caller's id and the gateway's type; counted by its reason."""
    with running(tmp_path, GATEWAY_MAX_WAIT_MS="60000") as (stack, encoder):
        encoder.gate.clear()
        with say(stack, classify_words("the first")) as first:
            assert encoder.entered.acquire(timeout=WAIT_S)
            fields = ("X-Request-Timeout-Ms: 50", "X-Request-Id: order-66")
            with say(stack, classify_words("the second", *fields)) as second:
                refused = second.recv(65_536).decode()
            encoder.gate.set()
            assert first.recv(65_536).startswith(b"HTTP/1.1 200")
        assert refused.startswith("HTTP/1.1 503")
        assert "\r\nRetry-After: " in refused
        assert "\r\nX-Request-Id: order-66\r\n" in refused
        document = json.loads(refused.partition("\r\n\r\n")[2])
        assert document["type"] == "urn:trunkline:problem:overloaded"
        assert 'gateway_door_refusals_total{reason="deadline"} 1.0' in metrics(stack)


def test_who_has_gone_meanwhile_costs_no_heads(tmp_path: Path) -> None:
    """A caller that leaves while its text is embedded is noticed before the next stage."""
    with running(tmp_path) as (stack, encoder):
        encoder.gate.clear()
        with say(stack, classify_words("somebody")):
            assert encoder.entered.acquire(timeout=WAIT_S)
        encoder.gate.set()
        gone = 'gateway_callers_gone_total{stage="heads"} 1.0'
        until(lambda: gone in metrics(stack), "nobody noticed")
        log = tmp_path / "gateway.log"
        until(lambda: '"status":499' in log.read_text(), "the request has no line")


def test_every_series_of_the_door_is_there_from_the_start(tmp_path: Path) -> None:
    """Also those of what has not happened yet."""
    with running(tmp_path) as (stack, _):
        shown = metrics(stack)
    for reason in ("queue_full", "waited", "deadline", "gone", "no_memory", "timed_out"):
        assert f'gateway_door_refusals_total{{reason="{reason}"}} 0.0' in shown
    for name in ("waiting_requests", "running_requests", "limit_requests", "wait_seconds_count"):
        assert f"gateway_door_{name}" in shown
