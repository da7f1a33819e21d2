"""Writes spans as OTLP's message; the only words in it are those of our own code."""

import time
from collections.abc import Iterable, Sequence
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Status
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message

from trunkline.otlp.spans import Attributes, Kind, Span

SCOPE: Final = "trunkline"
_KINDS: Final[dict[Kind, Message.SpanKind.ValueType]] = {
    "server": Message.SPAN_KIND_SERVER,
    "client": Message.SPAN_KIND_CLIENT,
    "internal": Message.SPAN_KIND_INTERNAL,
}


def spans_message(spans: Sequence[Span], resource: Resource) -> bytes:
    """Return the export request of spans, whose times become those of the wall clock now."""
    offset_ns = time.time_ns() - time.monotonic_ns()
    scope = ScopeSpans(
        scope=InstrumentationScope(name=SCOPE), spans=[_message(span, offset_ns) for span in spans]
    )
    return ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource, scope_spans=[scope])]
    ).SerializeToString()


def resource_of(service: str, version: str, instance: str) -> Resource:
    """Describe the process that telemetry comes from."""
    return Resource(
        attributes=key_values(
            {
                "service.namespace": "trunkline",
                "service.name": service,
                "service.version": version,
                "service.instance.id": instance,
            }
        )
    )


def key_values(attributes: Attributes) -> list[KeyValue]:
    """Return attributes as OTLP's pairs."""
    return [KeyValue(key=key, value=_any_value(value)) for key, value in attributes.items()]


def label_values(labels: Iterable[tuple[str, str]]) -> list[KeyValue]:
    """Return a series' labels as OTLP's pairs."""
    return [KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in labels]


def _any_value(value: str | int | float | bool) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=value)


def _message(span: Span, offset_ns: int) -> Message:
    return Message(
        trace_id=bytes.fromhex(span.trace_id),
        span_id=bytes.fromhex(span.span_id),
        parent_span_id=bytes.fromhex(span.parent_id),
        name=span.name,
        kind=_KINDS[span.kind],
        start_time_unix_nano=round(span.started * 1e9) + offset_ns,
        end_time_unix_nano=round(span.ended * 1e9) + offset_ns,
        attributes=key_values(span.attributes),
        status=Status(code=Status.STATUS_CODE_ERROR) if span.failed else None,
    )
