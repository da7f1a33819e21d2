"""Keeps the hourly figures: marks hours whose rows changed, and counts them again."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.prediction_log.life_models import HourlyState
from gateway.prediction_log.statistics.counting import store_hour
from gateway.prediction_log.statistics.query import HOUR, Window, hour_of
from gateway.prediction_log.statistics.rows import hours_with_rows

LATE = timedelta(minutes=2)
"""How long after its end an hour is counted: most records have come by then."""
AGAIN_AFTER = timedelta(minutes=5)
"""How long after it was counted an hour is counted again at the earliest, while rows still come."""
_STATE = HourlyState.__table__


def mark_stale(connection: Connection, times: Iterable[datetime]) -> None:
    """Say that rows of these times came, changed or went; call last in that transaction.

    Their hours are counted from rows until they are counted again. The hour's row is locked until
    the transaction ends, so that a count meanwhile waits and sees what it did.
    """
    for hour in sorted({hour_of(at) for at in times}):
        connection.execute(_upsert(connection, hour))


def roll_up(engine: Engine, now: datetime, most: int = 4) -> list[datetime]:
    """Count up to `most` hours that have ended and are stale, newest first; return them.

    Each in a transaction of its own; one that another process counts is passed over.
    """
    ended, again = now - HOUR - LATE, now - AGAIN_AFTER
    due = (
        select(_STATE.c.hour)
        .where(
            _STATE.c.stale,
            _STATE.c.hour <= ended,
            or_(_STATE.c.counted_at.is_(None), _STATE.c.counted_at <= again),
        )
        .order_by(_STATE.c.hour.desc())
        .limit(most)
    )
    with engine.connect() as connection:
        hours = list(connection.execute(due).scalars())
    return [hour for hour in hours if _count(engine, hour, now)]


def roll_up_window(engine: Engine, window: Window, now: datetime) -> int:
    """Count every hour of a window that holds rows and has ended; return how many that were.

    For rows that no drainer brought, and for figures that are in doubt.
    """
    with engine.begin() as connection:
        ended = min(window.end, hour_of(now - LATE))
        hours = list(hours_with_rows(connection, Window(window.start, ended)))
        mark_stale(connection, hours)
    return sum(_count(engine, hour, now) for hour in hours)


def counted_hours(connection: Connection, window: Window) -> set[datetime]:
    """Return the window's hours whose stored figures are those of their rows."""
    query = select(_STATE.c.hour).where(
        _STATE.c.hour >= window.start,
        _STATE.c.hour < window.end,
        ~_STATE.c.stale,
        _STATE.c.counted_at.is_not(None),
    )
    return set(connection.execute(query).scalars())


def _count(engine: Engine, hour: datetime, now: datetime) -> bool:
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            mine = select(_STATE.c.hour).where(_STATE.c.hour == hour, _STATE.c.stale)
            if connection.execute(mine.with_for_update(skip_locked=True)).first() is None:
                return False
        state = update(HourlyState).where(_STATE.c.hour == hour)
        connection.execute(state.values(stale=False, counted_at=now.astimezone(UTC)))
        store_hour(connection, hour)
    return True


def _upsert(connection: Connection, hour: datetime) -> postgresql.Insert | sqlite.Insert:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(HourlyState).values(hour=hour, counted_at=None, stale=True)
    return row.on_conflict_do_update(index_elements=["hour"], set_={"stale": True})
