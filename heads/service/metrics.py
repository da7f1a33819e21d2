"""Every metric of the heads service, all series present from the start."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric

from heads.prediction import HeadScores, ScoreTable, Status, TableColumns
from heads.registry.snapshot import Snapshot
from trunkline.build import current_build
from trunkline.exposition import metrics_text, whole_registry
from trunkline.otlp.span_queue import SPAN_RESULTS
from trunkline.serving.options import REASONS
from trunkline.tally import Tally

_SECONDS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
REQUEST_STATUSES = ("200", "400", "404", "405", "413", "415", "500", "503")


class DoorMetrics:
    """What the worker's door counts (`trunkline.serving.options.Observer`); one a process."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._refusals = Counter(
            "heads_door_refusals", "Requests that no thread ran",
            ["reason"], registry=registry,
        )  # fmt: skip
        self._waiting = Gauge(
            "heads_door_waiting_requests", "Requests waiting for a thread", registry=registry,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self._running = Gauge(
            "heads_door_running_requests", "Requests that hold a thread", registry=registry,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self._limit = Gauge(
            "heads_door_limit_requests", "Requests that may run at once now", registry=registry,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self._wait_seconds = Histogram(
            "heads_door_wait_seconds", "Time a request waited for its thread", buckets=_SECONDS,
            registry=registry,
        )  # fmt: skip
        for reason in REASONS:
            self._refusals.labels(reason)

    def refused(self, reason: str) -> None:
        """Count a request that no thread took."""
        self._refusals.labels(reason).inc()

    def waited(self, seconds: float) -> None:
        """Observe a request's wait for its thread."""
        self._wait_seconds.observe(seconds)

    def state(self, waiting: int, in_flight: int, limit: int) -> None:
        """Show this worker's requests and how many may run."""
        self._waiting.set(waiting)
        self._running.set(in_flight)
        self._limit.set(limit)


class Metrics:
    """One set of series in one registry; make it once a process."""

    def __init__(self, *, shared: bool) -> None:
        self._shared = shared
        registry = self._registry = CollectorRegistry()
        _show_build(registry)
        self._requests = _request_counter(registry)
        self._seconds = Histogram(
            "heads_request_seconds", "Time of one predict", buckets=_SECONDS, registry=registry
        )
        self._rows = Histogram(
            "heads_request_rows", "Rows in one predict", buckets=_ROWS, registry=registry
        )
        self._predictions = Counter(
            "heads_predictions", "Rows answered", ["head", "version", "status"], registry=registry
        )
        self._abstained = Counter(
            "heads_abstained", "Rows abstained", ["head", "version"], registry=registry
        )
        self._swaps = Counter("heads_swaps", "Snapshots that went live", registry=registry)
        self._swap_seconds = Histogram(
            "heads_swap_seconds", "Time to load a snapshot", registry=registry
        )
        self._refusals = Counter(
            "heads_refusals", "Versions refused at load", ["head"], registry=registry
        )
        self._serving = Gauge(
            "heads_serving", "Heads being served", registry=registry, multiprocess_mode="livemin"
        )
        self._refused = Gauge(
            "heads_refused", "Wanted versions not served", registry=registry,
            multiprocess_mode="livemax",
        )  # fmt: skip
        self._spans = _span_counter(registry)
        self._known: dict[str, str] = {}
        self._tally = Tally(self._count_table)
        # Looking a series up by its labels costs more than counting in it.
        self._rows_of: dict[tuple[str, str, Status], Counter] = {}
        self._abstained_of: dict[tuple[str, str], Counter] = {}

    def swapped(self, snapshot: Snapshot, took_s: float) -> None:
        """Registry's on_swap: count it, and make the series of heads seen for the first time."""
        self._swaps.inc()
        self._swap_seconds.observe(took_s)
        heads = snapshot.head_set.heads.values()
        self._serving.set(sum(info.status == "serving" for info in heads))
        self._refused.set(len(snapshot.refused))
        for head in snapshot.stack.heads:
            self._abstained.labels(head.name, head.version)
            for status in get_args(Status):
                if not status.startswith("unknown"):
                    self._predictions.labels(head.name, head.version, status)
            self._refusals.labels(head.name)
        for name, error in snapshot.refused.items():
            if self._known.get(name) != error:
                self._refusals.labels(name).inc()
        self._known = dict(snapshot.refused)

    def answered_table(self, table: ScoreTable, took_s: float) -> None:
        """Count one predict whose heads are all "ok"; the heads' own counters follow soon."""
        rows = len(table.scores)
        self._seconds.observe(took_s)
        self._rows.observe(rows)
        unsure = table.abstained.sum(axis=0)
        self._tally.add(table.columns, np.concatenate(([rows], unsure), dtype=np.int64))

    def _count_table(self, columns: TableColumns, counts: list[int]) -> None:
        rows, *unsure = counts
        heads = zip(columns.names, columns.versions, unsure, strict=True)
        for name, version, abstained in heads:
            self._predictions.labels(name, version, "ok").inc(rows)
            self._abstained.labels(name, version).inc(abstained)

    def answered(self, answers: Iterable[HeadScores], rows: int, took_s: float) -> None:
        """Count one predict, by head and status; names that no head has are counted together."""
        self._seconds.observe(took_s)
        self._rows.observe(rows)
        for answer in answers:
            known = not answer.status.startswith("unknown")
            name, version = (answer.name, answer.version) if known else ("", "")
            series = self._rows_of.get((name, version, answer.status))
            if series is None:
                series = self._predictions.labels(name, version, answer.status)
                self._rows_of[name, version, answer.status] = series
            series.inc(rows)
            unsure = sum(answer.abstained)
            if unsure:
                self._unsure(name, version).inc(unsure)

    def _unsure(self, name: str, version: str) -> Counter:
        series = self._abstained_of.get((name, version))
        if series is None:
            series = self._abstained_of[name, version] = self._abstained.labels(name, version)
        return series

    def responded(self, status: int) -> None:
        """Count one predict request by its HTTP status."""
        self._requests.labels(str(status)).inc()

    def spans(self, result: str, number: int) -> None:
        """Count spans by what became of them."""
        self._spans.labels(result).inc(number)

    def flush(self) -> None:
        """Bring what was counted to its counters, as a process must before it ends."""
        self._tally.flush()

    def families(self) -> Iterable[Metric]:
        """Return all series, over all workers where several share the metrics."""
        self.flush()
        with whole_registry(self._registry, shared=self._shared) as registry:
            return list(registry.collect())

    def exposition(self) -> bytes:
        """Return all series as text, over all workers where several share the metrics."""
        self.flush()
        return metrics_text(self._registry, shared=self._shared)


def _request_counter(registry: CollectorRegistry) -> Counter:
    requests = Counter(
        "heads_requests", "Predict requests by HTTP status", ["status"], registry=registry
    )
    for status in REQUEST_STATUSES:
        requests.labels(status)
    return requests


def _span_counter(registry: CollectorRegistry) -> Counter:
    spans = Counter(
        "heads_trace_spans", "Spans of traces: sent, refused, or dropped for lack of room",
        ["result"], registry=registry,
    )  # fmt: skip
    for result in SPAN_RESULTS:
        spans.labels(result)
    return spans


def _show_build(registry: CollectorRegistry) -> None:
    build = current_build()
    Gauge(
        "heads_build_info", "Always 1; the labels are the build that runs",
        ["version", "commit"], registry=registry, multiprocess_mode="livemax",
    ).labels(build.version, build.commit).set(1)  # fmt: skip
