"""The metrics of the prediction log; those of a worker, and those of the drainer's process."""

from typing import Literal, Protocol

from prometheus_client import Counter, Gauge


class _Waiting(Protocol):
    @property
    def records(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def oldest_s(self) -> float: ...


RECORDS = Counter(
    "gateway_log_records_total",
    "Answers by what became of their record: written, lost, or the request refused (`log_full`)",
    ["result"],
)
BYTES = Counter("gateway_log_written_bytes_total", "Bytes of records written to the spool")
BACKLOG_RECORDS = Gauge(
    "gateway_log_backlog_records",
    "Records that wait for the database",
    multiprocess_mode="livemax",
)
BACKLOG_BYTES = Gauge(
    "gateway_log_backlog_bytes", "Their size in the spool", multiprocess_mode="livemax"
)
BACKLOG_SECONDS = Gauge(
    "gateway_log_backlog_oldest_seconds", "Age of the oldest of them", multiprocess_mode="livemax"
)
SPOOL_FAILURES = Counter(
    "gateway_log_spool_failures_total", "Times that the spool could not be brought to disk"
)
STORED = Counter("gateway_log_stored_records_total", "Records moved to the database")
SKIPPED = Counter(
    "gateway_log_skipped_records_total",
    "Records that are no rows: of an erased subject, torn by a power failure, or unreadable",
    ["why"],
)
DRAIN_FAILURES = Counter(
    "gateway_log_drain_failures_total",
    "Tries to move records that failed: database away, or its schema older than the code",
    ["why"],
)
UPKEEP_FAILURES = Counter(
    "gateway_log_upkeep_failures_total", "Turns of hourly figures, drift and purges that failed"
)
DRIFT_DISTANCE = Gauge(
    "gateway_log_drift_distance",
    "How far a head's last day lies from its reference, by `label_mix`, `score` or `embedding`",
    ["head", "version", "measure"],
    multiprocess_mode="livemax",
)
DRIFT_THRESHOLD = Gauge(
    "gateway_log_drift_threshold",
    "The distance that 999 of 1000 windows without drift stay below",
    ["head", "version", "measure"],
    multiprocess_mode="livemax",
)

Skip = Literal["erased", "torn", "unreadable"]
Failure = Literal["database", "schema", "other"]
for _result in ("written", "lost", "refused"):
    RECORDS.labels(_result)
for _why in ("erased", "torn", "unreadable"):
    SKIPPED.labels(_why)
for _why in ("database", "schema", "other"):
    DRAIN_FAILURES.labels(_why)
_WRITTEN = RECORDS.labels("written")


def record_written(count: int, size: int) -> None:
    """Count records that are in the spool."""
    _WRITTEN.inc(count)
    BYTES.inc(size)


def record_lost(count: int) -> None:
    """Count records that were given up."""
    RECORDS.labels("lost").inc(count)


def record_refused(count: int) -> None:
    """Count answers that were not given because they could not be recorded."""
    RECORDS.labels("refused").inc(count)


def record_backlog(backlog: _Waiting) -> None:
    """Show what waits for the database."""
    BACKLOG_RECORDS.set(backlog.records)
    BACKLOG_BYTES.set(backlog.size)
    BACKLOG_SECONDS.set(backlog.oldest_s)


def record_spool_failure() -> None:
    """Count a failed turn of the spool."""
    SPOOL_FAILURES.inc()


def record_stored(count: int) -> None:
    """Count records that are in the database."""
    STORED.inc(count)


def record_skipped(why: Skip, count: int) -> None:
    """Count records that make no rows."""
    SKIPPED.labels(why).inc(count)


def record_drain_failure(why: Failure) -> None:
    """Count a failed try to move records on."""
    DRAIN_FAILURES.labels(why).inc()


def record_upkeep_failure() -> None:
    """Count a failed turn of figures and drift."""
    UPKEEP_FAILURES.inc()


def record_drift(head: str, version: str, measure: str, distance: float, threshold: float) -> None:
    """Show how far a head lies from its reference, and how far chance alone would take it."""
    DRIFT_DISTANCE.labels(head, version, measure).set(distance)
    DRIFT_THRESHOLD.labels(head, version, measure).set(threshold)
