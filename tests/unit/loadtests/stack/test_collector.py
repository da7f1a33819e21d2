"""A collector for benches: it takes all that is sent and counts it."""

from __future__ import annotations

from loadtests.clients.http_closed import run_http
from loadtests.stack.collector import otlp_settings, running_collector


def test_messages_are_counted_by_path() -> None:
    """A bench that sent nothing must not look cheap: it asks what has come."""
    with running_collector() as collector:
        for path in ("/v1/traces", "/v1/traces", "/v1/metrics"):
            url = collector.url + path
            sent = run_http(path, url, [b"spans"], concurrency=1, check=_refused)
            assert sent.errors == 0
        assert collector.bodies == {"/v1/traces": 2, "/v1/metrics": 1}


def test_all_three_services_are_set_to_send() -> None:
    """A trace that one service leaves out would be too cheap."""
    settings = otlp_settings("http://127.0.0.1:1", 0.01)
    for prefix in ("GATEWAY", "HEADS", "EMBEDDER"):
        assert settings[f"{prefix}_OTLP_ENDPOINT"] == "http://127.0.0.1:1"


def _refused(status: int, _body: bytes) -> str:
    return "" if status == 200 else f"status {status}"
