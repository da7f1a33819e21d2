"""Stops requests from waiting for a pool that is away; asks it again every second."""

import threading
import time
from collections.abc import Callable, Mapping

import structlog

from gateway import metrics
from heads.explanation import HeadAttribution
from heads.prediction import (
    AttributionRequest,
    HeadScores,
    HeadSet,
    Pool,
    PredictRequest,
)

log = structlog.get_logger("gateway")

FAILURES = 3
REST_S = 1.0
FAIR_S = 0.25
"""Less time than this proves nothing: a pool that does not answer in it may be well."""


class CircuitBreaker:
    """A Pool in front of another, which it closes; thread-safe.

    After FAILURES calls in a row that found no head available the circuit opens: callers get that
    answer without the pool being asked. After REST_S one call is let through, and its outcome
    decides for the others. So a pool that swallows connections costs a request its time now and
    then, not every time. A call that had less than FAIR_S teaches nothing by failing: hurried
    callers must not harm others.
    """

    def __init__(self, name: str, pool: Pool, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._pool = pool
        self._clock = clock
        self._lock = threading.Lock()
        self._failures_in_a_row = 0
        self._open_until = 0.0
        metrics.record_pool(name, away=False)

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """Return what the pool behind serves; its heads are away while callers are refused."""
        head_set = self._pool.head_set(newest=newest)
        return head_set.all_away() if self._refuses() else head_set

    def known_head_set(self) -> HeadSet | None:
        """Return what `head_set` would, if the pool behind knows it."""
        head_set = self._pool.known_head_set()
        return head_set.all_away() if head_set and self._refuses() else head_set

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """Ask the pool behind, or answer "unavailable" at once while the circuit is open."""
        if not self._admits(request.timeout_s):
            return request.all_unavailable("the heads service is away")
        scores = self._pool.predict(request)
        failed = bool(scores) and all(head.status == "unavailable" for head in scores.values())
        if not failed or request.timeout_s >= FAIR_S:
            self._record(failed)
        return scores

    def attribute(self, request: AttributionRequest) -> HeadAttribution:
        """Ask the pool behind; refuse at once while the circuit is open, and teach it nothing."""
        if self._refuses():
            return request.failed("the heads service is away")
        return self._pool.attribute(request)

    def close(self) -> None:
        """Close the pool behind."""
        self._pool.close()

    def _refuses(self) -> bool:
        with self._lock:
            return self._failures_in_a_row >= FAILURES and self._clock() < self._open_until

    def _admits(self, timeout_s: float) -> bool:
        with self._lock:
            if self._failures_in_a_row < FAILURES:
                return True
            if self._clock() < self._open_until:
                return False
            # Half open: this caller tries; the others are refused until it has an outcome.
            self._open_until = self._clock() + timeout_s + REST_S
            return True

    def _record(self, failed: bool) -> None:
        with self._lock:
            was_away = self._failures_in_a_row >= FAILURES
            self._failures_in_a_row = self._failures_in_a_row + 1 if failed else 0
            self._open_until = self._clock() + REST_S
            is_away = self._failures_in_a_row >= FAILURES
        if is_away != was_away:
            metrics.record_pool(self._name, away=is_away)
            log.warning("heads_pool_away" if is_away else "heads_pool_back", pool=self._name)
