"""Begins and ends a request's trace, on the way through Flask and past it alike."""

from collections.abc import Mapping
from typing import Any

from gateway.api.access_record import AccessRecord
from trunkline.otlp.spans import Trace
from trunkline.otlp.tracing import Tracer
from trunkline.telemetry import accepted_traceparent

_TRACE = "gateway.trace"
_FAULT = 500


def begin_trace(
    environ: dict[str, Any], tracer: Tracer, accepted_at: float, now: float
) -> Trace | None:
    """Return the trace of this request, None where it is not recorded; the same at every call.

    The lot is drawn once for a request: the way past Flask may give it on to Flask.
    """
    if not tracer.enabled:
        return None
    if _TRACE not in environ:
        trace = tracer.begin(environ.get("HTTP_TRACEPARENT"), accepted_at)
        if trace is not None:
            trace.add_stage("wait", accepted_at, now)
        environ[_TRACE] = trace
    begun: Trace | None = environ[_TRACE]
    return begun


def shown_traceparent(environ: Mapping[str, Any], trace: Trace | None) -> str | None:
    """Return what the answer shows: the caller's context, else that of a trace begun here."""
    given = accepted_traceparent(environ.get("HTTP_TRACEPARENT"))
    return given or (None if trace is None else trace.traceparent)


def end_trace(trace: Trace, access: AccessRecord, answer_id: str, ended: float) -> None:
    """Hand the trace over with what is known of the answer: nothing in it is the caller's word."""
    route = access.route or "none"
    attributes: dict[str, str | int] = {
        "http.route": route,
        "http.response.status_code": access.status,
        "trunkline.answer.id": answer_id,
    }
    if access.method:
        attributes["http.request.method"] = access.method
    if access.code:
        attributes["error.type"] = access.code
    if access.bytes_in is not None:
        attributes["http.request.body.size"] = access.bytes_in
    if access.bytes_out is not None:
        attributes["http.response.body.size"] = access.bytes_out
    name = f"{access.method} {route}" if access.method else route
    trace.finish(name, ended, attributes, failed=access.status >= _FAULT)
