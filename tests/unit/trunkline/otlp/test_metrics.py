"""The metrics as OTLP has them: the same names, labels and numbers; one of the workers sends."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_CUMULATIVE
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tests.support.collector import METRICS, collecting
from tests.support.waiting import until
from trunkline.otlp.config import OtlpSettings
from trunkline.otlp.metrics_export import MetricsExport
from trunkline.otlp.opening import open_metrics_export
from trunkline.otlp.sender import AwayError


def registry_of_three() -> CollectorRegistry:
    """Return a counter, a gauge and a histogram that have counted."""
    registry = CollectorRegistry()
    counter = Counter("x_requests", "Requests", ["status"], registry=registry)
    counter.labels("200").inc(3)
    counter.labels("500")
    Gauge("x_size_bytes", "Size", registry=registry).set(2.5)
    histogram = Histogram("x_seconds", "Time", ["route"], registry=registry, buckets=(0.1, 1))
    for seconds in (0.05, 0.5, 0.6, 7):
        histogram.labels("/v1").observe(seconds)
    return registry


def test_a_collector_gets_the_same_names_labels_and_numbers() -> None:
    """A counter, a gauge, a histogram with the counts of each bucket; zeros too."""
    registry = registry_of_three()
    with collecting() as collector:
        settings = OtlpSettings(otlp_endpoint=collector.address, otlp_metrics_interval_s=3600)
        export = open_metrics_export("gateway", settings, registry.collect, shared=False)
        assert export is not None
        export.start()
        until(lambda: collector.bodies(METRICS))
        export.close()
        metrics = collector.metrics()
    names = ("x_requests_total", "x_size_bytes", "x_seconds")
    counted, size, seconds = (metrics[name] for name in names)
    (shape,) = seconds.histogram.data_points

    assert {p.attributes[0].value.string_value: p.as_double for p in counted.sum.data_points} == {
        "200": 3.0,
        "500": 0.0,
    }
    assert counted.sum.is_monotonic
    assert counted.sum.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE
    assert counted.description == "Requests"
    assert size.gauge.data_points[0].as_double == 2.5
    assert (list(shape.explicit_bounds), list(shape.bucket_counts)) == ([0.1, 1.0], [1, 2, 1])
    assert shape.count == 4
    assert shape.sum == pytest.approx(8.15)
    assert [(a.key, a.value.string_value) for a in shape.attributes] == [("route", "/v1")]
    assert 0 < shape.start_time_unix_nano < shape.time_unix_nano


def test_metrics_are_off_without_an_interval_or_a_collector() -> None:
    """A collector for traces alone gets no metrics."""
    for settings in (
        OtlpSettings(otlp_endpoint="http://127.0.0.1:9"),
        OtlpSettings(otlp_metrics_interval_s=10),
    ):
        assert open_metrics_export("x", settings, list, shared=False) is None


def exporting(send: Callable[[float], None], *, may_send: bool = True) -> MetricsExport:
    """Return an export whose turns this test takes."""
    return MetricsExport(send, 3600, lambda: may_send)


def test_a_collector_that_was_away_gets_all_counts_later() -> None:
    """Nothing is kept for it: counts are sums."""
    sent: list[float] = []
    errors: list[Exception] = [AwayError("away")]

    def send(timeout_s: float) -> None:
        if errors:
            raise errors.pop()
        sent.append(timeout_s)

    export = exporting(send)
    export._turn()
    assert not sent
    export._turn()
    export.close()

    assert len(sent) == 2


def test_a_stop_does_not_wait_for_a_collector_that_is_away() -> None:
    """The last figures are sent only where the ones before were taken."""
    tries: list[float] = []

    def send(timeout_s: float) -> None:
        tries.append(timeout_s)
        raise AwayError("away")

    export = exporting(send)
    export._turn()
    export.close()

    assert len(tries) == 1


def test_a_worker_whose_turn_it_is_not_sends_nothing() -> None:
    """Another sends for all."""
    sent: list[float] = []
    export = exporting(sent.append, may_send=False)
    export._turn()
    export.close()

    assert not sent


_WORKERS = """
import os, sys
from trunkline.otlp.turn import share_turn, take_turn
assert take_turn() and take_turn()
share_turn()
said, say = os.pipe()
held, hold = os.pipe()
children = []
for number in range(3):
    pid = os.fork()
    if not pid:
        os.close(hold)
        os.write(say, b"1" if take_turn() else b"0")
        os.read(held, 1)
        os._exit(0)
    children.append(pid)
answers = b"".join(os.read(said, 1) for _ in children)
assert sorted(answers) == sorted(b"001"), answers
os.close(held)
os.close(hold)
for pid in children:
    os.waitpid(pid, 0)
pid = os.fork()
if not pid:
    os._exit(0 if take_turn() else 1)
assert os.waitpid(pid, 0)[1] == 0
"""


def test_one_of_a_masters_workers_has_the_turn_until_it_ends() -> None:
    """Of three it is one; after its end the next one that asks. Without a master everybody."""
    subprocess.run([sys.executable, "-c", _WORKERS], check=True, env={**os.environ})
