"""Gives every request its id, timeout, response headers, log line and metrics."""

import time

import structlog
from flask import Flask, Response, g, request

from gateway import metrics
from gateway.api.ids import accepted_request_id, new_id
from gateway.auth import guard
from gateway.errors import InvalidTimeoutError
from trunkline.serving.environ import ACCEPTED_AT
from trunkline.telemetry import accepted_traceparent

log = structlog.get_logger("gateway.access")

_OWN = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    f"{_OWN}"
)
# Swagger UI draws icons from data: addresses and sets style attributes.
_CSP_DOCS = f"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; {_OWN}"
_QUIET = frozenset(
    {"/livez", "/readyz", "/ping", "/metrics"}
)  # asked every few seconds by machines


def install(app: Flask) -> None:
    """Install the hooks that run before and after every request of `app`."""
    app.before_request(_begin)
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


def _begin() -> None:
    g.started = time.perf_counter() - (time.monotonic() - accepted_at())
    g.answer_id = new_id()
    g.request_id = accepted_request_id(request.headers.get("X-Request-Id")) or g.answer_id
    metrics.IN_FLIGHT.inc()


def _end(_error: BaseException | None) -> None:
    metrics.IN_FLIGHT.dec()


def _finish(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.request_id
    traceparent = accepted_traceparent(request.headers.get("traceparent"))
    if traceparent:
        headers["traceparent"] = traceparent
    headers["X-Content-Type-Options"] = "nosniff"
    if response.mimetype == "text/html":
        headers["Content-Security-Policy"] = _CSP_DOCS if request.path == "/docs" else _CSP
        headers["Referrer-Policy"] = "same-origin"  # without it forms would come from nowhere
        headers["Cache-Control"] = "no-store"
    _record(response, traceparent)
    return response


def _record(response: Response, traceparent: str | None) -> None:
    # The route, never the path: what a caller made up must not reach logs or label values.
    route = request.url_rule.rule if request.url_rule else "none"
    seconds = time.perf_counter() - g.started
    metrics.REQUESTS.labels(route, str(response.status_code)).inc()
    metrics.REQUEST_SECONDS.labels(route).observe(seconds)
    note = log.debug if route in _QUIET else log.info
    note(
        "request",
        id=g.request_id,
        trace=traceparent[3:35] if traceparent else None,
        method=request.method if request.url_rule else None,
        route=route,
        **guard.caller_for_logs(),
        status=response.status_code,
        code=g.get("problem_code"),
        bytes_in=request.content_length,
        bytes_out=response.content_length,
        ms=round(seconds * 1000, 2),
        stages_ms=g.get("timings_ms"),
    )
