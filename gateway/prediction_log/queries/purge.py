"""Deletes what may be kept no longer, and writes into the audit that it was done."""

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, exists, select

from gateway.prediction_log.life_models import AuditEntry
from gateway.prediction_log.queries import audit
from gateway.prediction_log.queries.locks import lock_purge
from gateway.prediction_log.queries.retention import (
    OldRows,
    delete_rows,
    delete_some,
    drop_months,
    old_rows,
)
from gateway.prediction_log.retention import Retention

BATCH_ROWS = 10_000
"""Rows that a gateway's purge deletes in one transaction at most."""
_ACT = "purge"
_BROKEN_OFF = "purge_broken_off"
_GATEWAY = "gateway"
_EVERY = timedelta(days=1)


def purge(
    connection: Connection, retention: Retention, now: datetime, actor: str
) -> Mapping[str, int]:
    """Delete what is older than it may be kept; return counts by table, and of whole months."""
    months = drop_months(connection, retention, now)
    counts: Counter[str] = Counter(months=len(months))
    for rows in old_rows(retention, now):
        counts[rows.table] += delete_rows(connection, rows)
    audit.append(connection, audit.Act(_ACT, actor, detail=counts))
    return counts


def purge_if_due(
    engine: Engine, retention: Retention, now: datetime, stopping: threading.Event
) -> Mapping[str, int] | None:
    """Purge where nobody has for a day and nobody does, and return the counts; else None.

    Months, and BATCH_ROWS rows of a table at a time, go in a transaction of their own, so that
    nothing is locked for long, the first purge of a large log included. Once `stopping` no further
    one is begun: the audit says so, and the rest stays due.
    """
    with engine.begin() as alone:  # holds one lock of PostgreSQL, and no row
        if not lock_purge(alone) or not _is_due(alone, now):
            return None
        with engine.begin() as connection:
            counts: Counter[str] = Counter(months=len(drop_months(connection, retention, now)))
        for rows in old_rows(retention, now):
            counts[rows.table] += _delete(engine, rows, stopping)
        act = _BROKEN_OFF if stopping.is_set() else _ACT
        with engine.begin() as connection:
            audit.append(connection, audit.Act(act, _GATEWAY, detail=counts))
    return counts


def _delete(engine: Engine, rows: OldRows, stopping: threading.Event) -> int:
    count = 0
    while not stopping.is_set():
        with engine.begin() as connection:
            deleted = delete_some(connection, rows, BATCH_ROWS)
        count += deleted
        if deleted < BATCH_ROWS:
            break
    return count


def _is_due(connection: Connection, now: datetime) -> bool:
    entry = AuditEntry.__table__.c
    recent = select(exists().where(entry.tenant == "", entry.act == _ACT, entry.at > now - _EVERY))
    return not connection.execute(recent).scalar_one()
