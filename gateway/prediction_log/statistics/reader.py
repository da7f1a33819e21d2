"""The port by which the API and commands ask for statistics; it opens the database when asked."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import structlog

from gateway.config import Settings
from gateway.errors import DeadlineExceededError
from gateway.prediction_log.errors import LogUnavailableError, NoLogError, WindowError
from gateway.prediction_log.retention import Retention
from gateway.prediction_log.statistics.answer import Statistics, statistics
from gateway.prediction_log.statistics.query import DAY, HOUR, StatisticsQuery
from trunkline.logs import whereabouts

if TYPE_CHECKING:  # workers that are asked for no statistics need no database's library
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import DBAPIError

log = structlog.get_logger("gateway.prediction_log")

_CANCELLED = "57014"  # PostgreSQL's `query_canceled`


class StatisticsReader(Protocol):
    """Answers questions about the log."""

    def read(self, query: StatisticsQuery, timeout_s: float = math.inf) -> Statistics:
        """Return the answer.

        Raises NoLogError, LogUnavailableError, WindowError, DeadlineExceededError.
        """


class NoStatistics:
    """Answers nothing, where no log is kept."""

    def read(self, query: StatisticsQuery, timeout_s: float = math.inf) -> Statistics:
        """Raise NoLogError."""
        raise NoLogError


class LogStatistics:
    """Answers from the log that the settings name; thread-safe."""

    def __init__(self, settings: Settings, now: Callable[[], datetime] | None = None) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))
        self._lock = threading.Lock()
        self._opened: Engine | None = None

    def read(self, query: StatisticsQuery, timeout_s: float = math.inf) -> Statistics:
        """Return the answer, see StatisticsReader; SQLite does not stop at `timeout_s`."""
        from gateway.prediction_log.statistics.reading import read

        self._require_kept(query)
        with self._connection(timeout_s) as connection:
            return statistics(query, read(connection, query))

    def _require_kept(self, query: StatisticsQuery) -> None:
        days = Retention.of(self._settings).longest_row_days(frozenset(query.tenants or ()))
        if query.window.start < self._now() - days * DAY - HOUR:
            raise WindowError(days)

    @contextmanager
    def _connection(self, timeout_s: float) -> Iterator[Connection]:
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        from gateway.prediction_log.database import schema_state

        try:
            with self._engine().connect() as connection:
                if schema_state(connection) == "older":
                    raise LogUnavailableError
                connection.rollback()
                _limit(connection, timeout_s)
                yield connection
        except SQLAlchemyError as error:
            if isinstance(error, DBAPIError) and _is_late(error):
                raise DeadlineExceededError from None
            log.error("prediction_log_unreadable", **whereabouts(error))
            raise LogUnavailableError from None

    def _engine(self) -> Engine:
        from gateway.prediction_log.log_engine import open_log_engine

        with self._lock:
            if self._opened is None:
                self._opened = open_log_engine(self._settings)
            return self._opened


def open_statistics(settings: Settings) -> StatisticsReader:
    """Return what answers questions about the log of these settings."""
    return NoStatistics() if settings.log_dir is None else LogStatistics(settings)


def _limit(connection: Connection, timeout_s: float) -> None:
    if connection.dialect.name == "postgresql" and math.isfinite(timeout_s):
        connection.exec_driver_sql(f"SET statement_timeout = {max(1, int(timeout_s * 1000))}")
        connection.commit()


def _is_late(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) == _CANCELLED
