"""Gives every request its id, timeout, response headers, log line and metrics."""

import time
from collections.abc import Mapping
from functools import partial

from flask import Flask, Response, g, request

from gateway import metrics
from gateway.api.access_record import AccessRecord, record
from gateway.api.ids import accepted_request_id, new_id
from gateway.api.probes import PROBES
from gateway.api.request_trace import begin_trace, end_trace, shown_traceparent
from gateway.auth import guard
from gateway.errors import InvalidTimeoutError
from trunkline.otlp.tracing import NoTracer, Tracer
from trunkline.serving.environ import ACCEPTED_AT

_OWN = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    f"{_OWN}"
)
# Swagger UI draws icons from data: addresses and sets style attributes.
_CSP_DOCS = f"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; {_OWN}"


_STRANGERS = frozenset({401, 429})
"""Statuses of callers whose wish to be recorded fills no queue."""


def install(app: Flask, tracer: Tracer | None = None) -> None:
    """Install the hooks that run before and after every request of `app`."""
    app.before_request(partial(_begin, tracer or NoTracer()))
    app.after_request(_finish)
    app.teardown_request(_end)


def timeout_s(header: str | None, default_ms: int, limit_ms: int) -> float:
    """Return the seconds a request may take, from its `X-Request-Timeout-Ms` header.

    A wish above `limit_ms` is cut to it; absent means `default_ms`. Anything but a positive
    whole number raises InvalidTimeoutError.
    """
    if header is None:
        return default_ms / 1000
    if not (header.isascii() and header.isdigit() and len(header) <= 9 and int(header) > 0):
        raise InvalidTimeoutError(limit_ms)
    return min(int(header), limit_ms) / 1000


def accepted_at() -> float:
    """Return when this request's first byte came (`time.monotonic`), or now if nobody knows."""
    at = request.environ.get(ACCEPTED_AT)
    return at if isinstance(at, float) else time.monotonic()


def server_timing(timings_ms: Mapping[str, float]) -> str:
    """Return the value of the header `Server-Timing`."""
    return ", ".join(f"{stage};dur={spent_ms}" for stage, spent_ms in timings_ms.items())


def _begin(tracer: Tracer) -> None:
    now, g.started = time.monotonic(), accepted_at()
    is_quiet = request.url_rule is not None and request.url_rule.rule in PROBES
    g.trace = None if is_quiet else begin_trace(request.environ, tracer, g.started, now)
    g.answer_id = new_id()
    g.request_id = accepted_request_id(request.headers.get("X-Request-Id")) or g.answer_id
    metrics.IN_FLIGHT.inc()


def _end(_error: BaseException | None) -> None:
    metrics.IN_FLIGHT.dec()


def _finish(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.request_id
    trace = g.get("trace")
    traceparent = shown_traceparent(request.environ, trace)
    if traceparent:
        headers["traceparent"] = traceparent
    headers["X-Content-Type-Options"] = "nosniff"
    if response.mimetype == "text/html":
        headers["Content-Security-Policy"] = _CSP_DOCS if request.path == "/docs" else _CSP
        headers["Referrer-Policy"] = "same-origin"  # without it forms would come from nowhere
        headers["Cache-Control"] = "no-store"
    # The route, never the path: what a caller made up must not reach logs or label values.
    route = request.url_rule.rule if request.url_rule else None
    now = time.monotonic()
    access = AccessRecord(
        g.request_id, traceparent, request.method if route else None, route,
        guard.caller_for_logs(), response.status_code, g.get("problem_code"),
        request.content_length, response.content_length, now - g.started, g.get("timings_ms"),
    )  # fmt: skip
    record(access)
    if trace is not None and route and response.status_code not in _STRANGERS:
        end_trace(trace, access, g.answer_id, now)
    return response
