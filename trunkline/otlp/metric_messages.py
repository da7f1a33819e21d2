"""Writes Prometheus' families as OTLP's metrics, under the same names and with the same labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    Gauge,
    Histogram,
    HistogramDataPoint,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric as Message
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from trunkline.otlp.span_messages import SCOPE, label_values

if TYPE_CHECKING:  # importing prometheus_client decides for good where metrics are kept
    from prometheus_client import Metric
    from prometheus_client.samples import Sample

_TOTAL: Final = "_total"
_BOUND: Final = "le"


def metrics_message(
    families: Iterable[Metric], resource: Resource, started_ns: int, now_ns: int
) -> bytes:
    """Return the export request of all series; counts are those since `started_ns`."""
    times = _Times(started_ns, now_ns)
    metrics = [message for family in families if (message := _message(family, times)) is not None]
    scope = ScopeMetrics(scope=InstrumentationScope(name=SCOPE), metrics=metrics)
    return ExportMetricsServiceRequest(
        resource_metrics=[ResourceMetrics(resource=resource, scope_metrics=[scope])]
    ).SerializeToString()


class _Times:
    """When counting began, and now; nanoseconds since 1970."""

    def __init__(self, started_ns: int, now_ns: int) -> None:
        self.started_ns = started_ns
        self.now_ns = now_ns

    def number(self, sample: Sample) -> NumberDataPoint:
        return NumberDataPoint(
            attributes=label_values(sample.labels.items()),
            start_time_unix_nano=self.started_ns,
            time_unix_nano=self.now_ns,
            as_double=sample.value,
        )


def _message(family: Metric, times: _Times) -> Message | None:
    """Return a family as a metric; None for one without samples, or of a kind that we have not."""
    about = family.documentation
    if family.type == "counter":
        points = [times.number(s) for s in family.samples if s.name.endswith(_TOTAL)]
        counted = Sum(
            data_points=points,
            aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE,
            is_monotonic=True,
        )
        name = family.name.removesuffix(_TOTAL) + _TOTAL
        return Message(name=name, description=about, sum=counted) if points else None
    if family.type == "histogram":
        shapes = _shapes(family.samples, times)
        histogram = Histogram(
            data_points=shapes, aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE
        )
        return Message(name=family.name, description=about, histogram=histogram) if shapes else None
    if family.type == "gauge" and family.samples:
        gauge = Gauge(data_points=[times.number(sample) for sample in family.samples])
        return Message(name=family.name, description=about, gauge=gauge)
    return None


def _shapes(samples: Iterable[Sample], times: _Times) -> list[HistogramDataPoint]:
    by_labels: dict[tuple[tuple[str, str], ...], list[Sample]] = {}
    for sample in samples:
        labels = tuple(pair for pair in sample.labels.items() if pair[0] != _BOUND)
        by_labels.setdefault(labels, []).append(sample)
    return [_shape(labels, parts, times) for labels, parts in by_labels.items()]


def _shape(
    labels: Iterable[tuple[str, str]], samples: Sequence[Sample], times: _Times
) -> HistogramDataPoint:
    """Return one histogram; OTLP counts what lies between bounds, Prometheus what lies below."""
    totals: Mapping[float, float] = {
        float(sample.labels[_BOUND]): sample.value for sample in samples if _BOUND in sample.labels
    }
    bounds = sorted(totals)
    below = [0.0, *(totals[bound] for bound in bounds)]
    counts = [round(high - low) for low, high in pairwise(below)]
    return HistogramDataPoint(
        attributes=label_values(labels),
        start_time_unix_nano=times.started_ns,
        time_unix_nano=times.now_ns,
        count=sum(counts),
        sum=next((s.value for s in samples if s.name.endswith("_sum")), 0.0),
        bucket_counts=counts,
        explicit_bounds=[bound for bound in bounds if not math.isinf(bound)],
    )
