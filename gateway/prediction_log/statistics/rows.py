"""Finds where rows lie in time, without reading them all."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, func, select

from gateway.prediction_log.models import Prediction
from gateway.prediction_log.statistics.query import HOUR, Window, hour_of


def hours_with_rows(
    connection: Connection, window: Window, counted: frozenset[datetime] = frozenset()
) -> Iterator[datetime]:
    """Return the window's hours that hold a prediction, but those in `counted`.

    From one prediction to the next hour's first: as many look-ups as there are such hours.
    """
    hour = window.start
    while hour < window.end:
        if hour in counted:
            hour += HOUR
            continue
        end = min((known for known in counted if known > hour), default=window.end)
        first = _first_at(connection, hour, end)
        if first is None:
            hour = end
            continue
        yield hour_of(first)
        hour = hour_of(first) + HOUR


def _first_at(connection: Connection, start: datetime, end: datetime) -> datetime | None:
    at = Prediction.__table__.c.at
    query = select(func.min(at)).where(at >= start, at < end)
    first: datetime | None = connection.execute(query).scalar()
    return first
