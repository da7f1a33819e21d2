"""Gives every request its id, timeout, response headers, log line and metrics."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """What is kept of one answered request; `route` and `method` are None where none was found.

    `caller` is what logs may name of it: `auth.caller.names_for_logs`.
    """

    request_id: str
    traceparent: str | None
    method: str | None
    route: str | None
    caller: Mapping[str, str | None]
    status: int
    code: str | None
    bytes_in: int | None
    bytes_out: int | None
    seconds: float
    stages_ms: Mapping[str, float] | None


def record(access: AccessRecord) -> None:
    """Count one answered request, and log it."""
    route = access.route or "none"
    metrics.REQUESTS.labels(route, str(access.status)).inc()
    metrics.REQUEST_SECONDS.labels(route).observe(access.seconds)
    note = log.debug if route in _QUIET else log.info
    note(
        "request",
        id=access.request_id,
        trace=access.traceparent[3:35] if access.traceparent else None,
        method=access.method,
        route=route,
        **access.caller,
        status=access.status,
        code=access.code,
        bytes_in=access.bytes_in,
        bytes_out=access.bytes_out,
        ms=round(access.seconds * 1000, 2),
        stages_ms=access.stages_ms,
    )


def server_timing(timings_ms: Mapping[str, float]) -> str:
    """Return the value of the header `Server-Timing`."""
    return ", ".join(f"{stage};dur={spent_ms}" for stage, spent_ms in timings_ms.items())


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
    # The route, never the path: what a caller made up must not reach logs or label values.
    route = request.url_rule.rule if request.url_rule else None
    record(
        AccessRecord(
            g.request_id, traceparent, request.method if route else None, route,
            guard.caller_for_logs(), response.status_code, g.get("problem_code"),
            request.content_length, response.content_length, time.perf_counter() - g.started,
            g.get("timings_ms"),
        )
    )  # fmt: skip
    return response
