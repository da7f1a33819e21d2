"""An OTLP/HTTP collector on a port of its own that keeps what it is sent."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.waiting import until

TRACES, METRICS = "/v1/traces", "/v1/metrics"


class Collector:
    """What was posted: paths, headers and unpacked bodies. `status` is what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.address = ""
        self.posts: list[tuple[str, dict[str, str], bytes]] = []

    def bodies(self, path: str) -> list[bytes]:
        """Return what was posted to a path."""
        return [body for posted, _, body in list(self.posts) if posted == path]

    def spans(self) -> list[tuple[str, Span]]:
        """Return the spans that came, each with its service's name."""
        spans = []
        for body in self.bodies(TRACES):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                names = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
                for scope in resource.scope_spans:
                    spans += [(names["service.name"], span) for span in scope.spans]
        return spans

    def spans_of(self, trace_id: str, count: int) -> dict[tuple[str, str], Span]:
        """Wait for so many spans of a trace; return them by service and name."""
        found: dict[tuple[str, str], Span] = {}

        def complete() -> bool:
            spans = [pair for pair in self.spans() if pair[1].trace_id.hex() == trace_id]
            found.update({(service, span.name): span for service, span in spans})
            return len(spans) >= count

        until(complete, f"no {count} spans of the trace came: {sorted(found)}")
        return found

    def metrics(self) -> dict[str, Metric]:
        """Return the metrics of the only process that sent some, as it sent them last."""
        (metrics,) = self.latest_metrics().values()
        return metrics

    def latest_metrics(self) -> dict[tuple[str, str], dict[str, Metric]]:
        """Return the metrics by name that each service's instance sent last."""
        latest: dict[tuple[str, str], dict[str, Metric]] = {}
        for body in self.bodies(METRICS):
            for part in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                who = {pair.key: pair.value.string_value for pair in part.resource.attributes}
                latest[who["service.name"], who["service.instance.id"]] = {
                    metric.name: metric for scope in part.scope_metrics for metric in scope.metrics
                }
        return latest


def attributes(span: Span) -> dict[str, Any]:
    """Return a span's attributes."""
    return {
        pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "string_value")
        for pair in span.attributes
    }


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector and yield it."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
            if collector.status == 200:
                collector.posts.append((self.path, dict(self.headers), body))
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
