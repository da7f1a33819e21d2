"""What the drainer does between its turns: hourly figures and drift."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog
from sqlalchemy import Engine

from gateway.prediction_log import metrics
from gateway.prediction_log.drift.windows import Drift, measure
from gateway.prediction_log.sealing import Keys
from gateway.prediction_log.statistics.rollup import roll_up
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway.prediction_log")

_EVERY_S = 60.0


class Upkeep:
    """Counts hours that have ended, and then measures drift; a failure costs a turn.

    Drift is measured when an hour was counted, and after a start.
    """

    def __init__(
        self,
        engine: Engine,
        text_keys: Keys | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._text_keys = text_keys
        self._now = now
        self._clock = clock
        self._next = 0.0
        self._measured = False
        self._shown: set[tuple[str, str, str]] = set()

    def tick(self) -> None:
        """Do what is due; raise nothing."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + _EVERY_S
        try:
            self._run()
        except Exception as error:
            metrics.record_upkeep_failure()
            log.error("prediction_log_upkeep_failed", **whereabouts(error))

    def _run(self) -> None:
        hours = roll_up(self._engine, self._now())
        if hours or not self._measured:
            self._show(measure(self._engine, self._text_keys))
            self._measured = True
            log.debug("prediction_log_counted", hours=len(hours))

    def _show(self, drifts: Sequence[Drift]) -> None:
        """Show drift; what was shown before and is measured no longer has none."""
        shown: set[tuple[str, str, str]] = set()
        for drift in drifts:
            key = (drift.which.head, drift.which.version, drift.measure)
            metrics.record_drift(*key, drift.distance.value, drift.distance.threshold)
            shown.add(key)
        for gone in self._shown - shown:
            metrics.record_drift(*gone, 0.0, 0.0)
        self._shown = shown
