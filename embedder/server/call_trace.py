"""Records what one call went through, as a part of its caller's trace."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import grpc

from embedder.batching.flight import Call
from trunkline.otlp.spans import Trace
from trunkline.otlp.tracing import Tracer

Context = grpc.aio.ServicerContext[Any, Any]

_SERVICE: Final = "embedder.v1.EmbedderService"
_KEY: Final = "traceparent"
_FAULTS: Final = ("INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED")


def begin_trace(tracer: Tracer, context: Context, started: float) -> Trace | None:
    """Return the trace of a call, None where its caller records nothing."""
    if not tracer.enabled:
        return None
    metadata = context.invocation_metadata() or ()
    given = next((value for key, value in metadata if key == _KEY), None)
    return tracer.begin(given if isinstance(given, str) else None, started)


def add_stages(trace: Trace, call: Call, started: float) -> None:
    """Record how the texts were answered, and the stages of the one that came last.

    A forward that others had asked for before counts from this call's own start.
    """
    paths = Counter(answer.path for answer in call.answers if answer is not None)
    for path, texts in paths.items():
        trace.count(f"trunkline.texts.{path}", texts)
    times = call.last_times
    if times is None or not times.started_at:
        return
    queued = times.started_at - times.queue_s
    stages = (
        ("tokenize", queued - times.tokenize_s, queued),
        ("queue", queued, times.started_at),
        ("forward", times.started_at, times.started_at + times.encode_s),
    )
    for name, begins, ends in stages:
        attributes = {"trunkline.batch.texts": times.batch_texts} if name == "forward" else {}
        trace.add_stage(name, max(begins, started), max(ends, started), attributes)


def end_trace(trace: Trace, method: str, code: str, texts: int, ended: float) -> None:
    """Hand the trace over; `code` is the call's gRPC status by name."""
    attributes: dict[str, str | int] = {
        "rpc.system": "grpc",
        "rpc.service": _SERVICE,
        "rpc.method": method,
        "rpc.response.status_code": code,
        "trunkline.texts": texts,
    }
    trace.finish(f"{_SERVICE}/{method}", ended, attributes, failed=code in _FAULTS)
