"""What the drainer does between its turns: hourly figures and drift, once a minute."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from sqlalchemy import Engine

from gateway.prediction_log import metrics
from gateway.prediction_log.statistics.rollup import roll_up
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway.prediction_log")

_EVERY_S = 60.0


class Upkeep:
    """Counts hours that have ended, when it is time; a failure costs a turn."""

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._now = now
        self._clock = clock
        self._next = 0.0

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
        if hours:
            log.debug("prediction_log_counted", hours=len(hours))
