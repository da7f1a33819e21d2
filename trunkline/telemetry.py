"""Read and write the W3C trace context that callers send along."""

import re
from dataclasses import dataclass

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_NO_VERSION = "ff"
_SAMPLED = 1
_TRACE, _SPAN, _FLAGS = slice(3, 35), slice(36, 52), slice(53, 55)


@dataclass(frozen=True, slots=True)
class TraceContext:
    """The span that a request belongs to: ids in hexadecimal, and whether it is recorded."""

    trace_id: str
    span_id: str
    sampled: bool


def accepted_traceparent(given: str | None) -> str | None:
    """Return a W3C trace parent that is well formed, else None."""
    return given if given and _TRACEPARENT.fullmatch(given) else None


def trace_context(given: str | None) -> TraceContext | None:
    """Return the context in a `traceparent`, None for one that names no span."""
    if not given or not _TRACEPARENT.fullmatch(given) or given.startswith(_NO_VERSION):
        return None
    trace_id, span_id = given[_TRACE], given[_SPAN]
    if not trace_id.strip("0") or not span_id.strip("0"):
        return None
    return TraceContext(trace_id, span_id, bool(int(given[_FLAGS], 16) & _SAMPLED))


def traceparent(trace_id: str, span_id: str) -> str:
    """Write the `traceparent` of a recorded span."""
    return f"00-{trace_id}-{span_id}-01"
