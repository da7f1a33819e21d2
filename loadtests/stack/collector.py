"""A collector that takes what services send by OTLP over HTTP, counts it and keeps nothing."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PREFIXES = ("GATEWAY", "HEADS", "EMBEDDER")
METRICS_INTERVAL_S = 10


class Collector(ThreadingHTTPServer):
    """Answers every message with 200; `bodies` are its messages by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: Counter[str] = Counter()

    @property
    def url(self) -> str:
        """Return what a `*_OTLP_ENDPOINT` names."""
        return f"http://127.0.0.1:{self.server_port}"


def otlp_settings(endpoint: str, share: float) -> dict[str, str]:
    """Return what makes all services send traces, begun for a `share` of requests, and metrics."""
    settings = {"GATEWAY_OTLP_TRACE_SHARE": str(share)}
    for prefix in PREFIXES:
        settings[f"{prefix}_OTLP_ENDPOINT"] = endpoint
        settings[f"{prefix}_OTLP_METRICS_INTERVAL_S"] = str(METRICS_INTERVAL_S)
    return settings


@contextlib.contextmanager
def running_collector() -> Iterator[Collector]:
    """Serve a collector from this process until the block ends."""
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            collector.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Collector

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.bodies[self.path] += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing a message."""
