"""Has what is too old deleted once a day, beside the drainer, by whichever gateway comes first."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway.prediction_log import metrics
from gateway.prediction_log.database import schema_state
from gateway.prediction_log.queries.purge import purge_if_due
from gateway.prediction_log.retention import Retention
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway.prediction_log")

LOOK_S = 60.0


class PurgeWatch:
    """Looks every minute whether a purge is due; a failure costs a look.

    It has a thread of its own: records move on while rows are deleted, and a stop waits for none.
    """

    def __init__(
        self,
        engine: Engine,
        retention: Retention,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._retention = retention
        self._now = now

    def run(self, stopping: threading.Event) -> None:
        """Look until `stopping`."""
        while not stopping.is_set():
            self.look(stopping)
            stopping.wait(LOOK_S)

    def look(self, stopping: threading.Event) -> None:
        """Purge where that is due; raise nothing."""
        if not self._is_ready():
            return
        try:
            counts = purge_if_due(self._engine, self._retention, self._now(), stopping)
        except Exception as error:
            metrics.record_upkeep_failure()
            log.error("prediction_log_upkeep_failed", **whereabouts(error))
            return
        if counts is not None:
            log.info("prediction_log_purged", **counts)

    def _is_ready(self) -> bool:
        """Whether the database is there with its tables; where it is not, the drainer says so."""
        try:
            with self._engine.connect() as connection:
                return schema_state(connection) != "older"
        except SQLAlchemyError:
            return False
