"""Makes a service's tracer from its settings; without a collector none of OTLP is imported."""

import os
import socket
from collections.abc import Callable, Sequence

from trunkline.build import current_build
from trunkline.otlp.config import OtlpSettings
from trunkline.otlp.sender import Sender
from trunkline.otlp.span_queue import SpanQueue
from trunkline.otlp.spans import Span
from trunkline.otlp.tracing import NoTracer, QueueTracer, Tracer

_TRACES_PATH = "/v1/traces"


def open_tracer(
    service: str, settings: OtlpSettings, count: Callable[[str, int], None], share: float = 0
) -> Tracer:
    """Return what records requests of this process; to be called after the fork.

    `count` is told what became of how many spans, see SpanQueue; `share`: see QueueTracer.
    """
    if not settings.otlp_endpoint or not settings.otlp_traces:
        return NoTracer()
    from trunkline.otlp.span_messages import resource_of, spans_message

    sender = Sender(settings.otlp_endpoint, settings.otlp_header_pairs())
    resource = resource_of(service, current_build().version, instance_name(os.getpid()))

    def send(spans: Sequence[Span], timeout_s: float) -> None:
        sender.post(_TRACES_PATH, spans_message(spans, resource), timeout_s)

    return QueueTracer(SpanQueue(send, count), share)


def instance_name(pid: int) -> str:
    """Return the name of one process among all that send to a collector."""
    return f"{socket.gethostname()}:{pid}"
