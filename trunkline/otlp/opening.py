"""Makes what sends traces and metrics; without a collector none of OTLP is imported."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from trunkline.build import current_build
from trunkline.otlp.config import OtlpSettings
from trunkline.otlp.metrics_export import MetricsExport
from trunkline.otlp.sender import Sender
from trunkline.otlp.span_queue import SpanQueue
from trunkline.otlp.spans import Span
from trunkline.otlp.tracing import NoTracer, QueueTracer, Tracer
from trunkline.otlp.turn import started_ns, take_turn

if TYPE_CHECKING:  # importing prometheus_client decides for good where metrics are kept
    from prometheus_client import Metric

_TRACES_PATH, _METRICS_PATH = "/v1/traces", "/v1/metrics"


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


def open_metrics_export(
    service: str, settings: OtlpSettings, families: Callable[[], Iterable[Metric]], *, shared: bool
) -> MetricsExport | None:
    """Return what sends the metrics of `families`, not started yet; None where nobody wants them.

    Where workers have `shared` metrics, one of them sends for all, and names their master.
    """
    if not settings.otlp_endpoint or not settings.otlp_metrics_interval_s:
        return None
    from trunkline.otlp.metric_messages import metrics_message
    from trunkline.otlp.span_messages import resource_of

    sender = Sender(settings.otlp_endpoint, settings.otlp_header_pairs())
    instance = instance_name(os.getppid() if shared else os.getpid())
    resource = resource_of(service, current_build().version, instance)

    def send(timeout_s: float) -> None:
        message = metrics_message(families(), resource, started_ns(), time.time_ns())
        sender.post(_METRICS_PATH, message, timeout_s)

    may_send = take_turn if shared else _always
    return MetricsExport(send, settings.otlp_metrics_interval_s, may_send)


def _always() -> bool:
    return True


def instance_name(pid: int) -> str:
    """Return the name of one process among all that send to a collector."""
    return f"{socket.gethostname()}:{pid}"
