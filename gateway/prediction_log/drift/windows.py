"""Compares each head's last day with its reference, and keeps what came out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.prediction_log.drift import embeddings, references
from gateway.prediction_log.drift.measures import Distance, label_mix, mean_score
from gateway.prediction_log.drift.references import HeadVersion
from gateway.prediction_log.life_models import DriftWindow, HourlyState
from gateway.prediction_log.sealing import Keys
from gateway.prediction_log.statistics.query import DAY, HOUR, Window

Measure = Literal["label_mix", "score", "embedding"]
LENGTH = DAY
LEAST_ROWS = 200
"""Answers of a window; fewer are not compared."""
REACH = 14 * DAY
"""How far back first answers are looked for."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one measure of a head version lies from its reference, in the window up to `at`."""

    at: datetime
    which: HeadVersion
    measure: Measure
    rows: int
    distance: Distance


def measure(engine: Engine, text_keys: Keys | None) -> list[Drift]:
    """Compare the day up to the last hour that was counted; make references that are due.

    The results are stored, of all tenants together. Without a counted hour there are none.
    """
    with engine.begin() as connection:
        end = _last_counted(connection)
        if end is None:
            return []
        drifts = list(_measured(connection, end, text_keys))
        for drift in drifts:
            connection.execute(_upsert(connection, drift))
    return drifts


def latest(connection: Connection, window: Window) -> list[Drift]:
    """Return each measure's last result in a window, by head, version and measure."""
    table = DriftWindow.__table__
    query = select(table).where(table.c.at > window.start, table.c.at <= window.end)
    last = {
        (row.head, row.version, row.measure): Drift(
            row.at,
            HeadVersion(row.head, row.version),
            row.measure,
            row.rows,
            Distance(row.distance, row.threshold),
        )
        for row in connection.execute(query.order_by(table.c.at))
    }
    return [last[key] for key in sorted(last)]


def _measured(connection: Connection, end: datetime, text_keys: Keys | None) -> Iterator[Drift]:
    known = references.known(connection)
    window = Window(end - LENGTH, end)
    for which, hours in references.hours_of(connection, Window(end - REACH, end)).items():
        if which not in known:
            first = references.first_hours(hours)
            if first is None:
                continue
            known[which] = references.figures_of(first, "first")
            references.store(connection, which, known[which], end)
        own = [hour for at, hour in hours.items() if at >= window.start]
        rows = sum(hour.rows for hour in own)
        if rows >= LEAST_ROWS:
            reference = references.reference_hours(known[which])
            yield Drift(end, which, "label_mix", rows, label_mix(reference, own))
            yield Drift(end, which, "score", rows, mean_score(reference, own))
    if text_keys is not None:
        for which, rows, distance in embeddings.measured(connection, window, known, text_keys):
            yield Drift(end, which, "embedding", rows, distance)


def _last_counted(connection: Connection) -> datetime | None:
    query = select(func.max(HourlyState.hour)).where(HourlyState.counted_at.is_not(None))
    hour: datetime | None = connection.execute(query).scalar()
    return None if hour is None else hour + HOUR


def _upsert(connection: Connection, drift: Drift) -> postgresql.Insert | sqlite.Insert:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    key = {
        "at": drift.at,
        "head": drift.which.head,
        "version": drift.which.version,
        "measure": drift.measure,
        "tenant": "",
    }
    result = {
        "seconds": int(LENGTH.total_seconds()),
        "rows": drift.rows,
        "distance": drift.distance.value,
        "threshold": drift.distance.threshold,
        "drifted": drift.distance.drifted,
    }
    row = insert(DriftWindow).values(**key, **result)
    return row.on_conflict_do_update(index_elements=list(key), set_=result)
