"""Deletes what may be kept no longer, and writes into the audit that it was done."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, select

from gateway.prediction_log.life_models import AuditEntry
from gateway.prediction_log.queries import audit
from gateway.prediction_log.queries.locks import lock_purge
from gateway.prediction_log.queries.retention import delete_old, drop_months
from gateway.prediction_log.retention import Retention

_ACT = "purge"
_EVERY = timedelta(days=1)


def purge(
    connection: Connection, retention: Retention, now: datetime, actor: str
) -> Mapping[str, int]:
    """Delete what is older than it may be kept; return counts by table, and of whole months."""
    months = drop_months(connection, retention, now)
    counts = {**delete_old(connection, retention, now), "months": len(months)}
    audit.append(connection, audit.Act(_ACT, actor, detail=counts))
    return counts


def purge_if_due(
    connection: Connection, retention: Retention, now: datetime
) -> Mapping[str, int] | None:
    """Purge where nobody has for a day and nobody does, and return the counts; else None.

    The audit is locked last, as by all who append to it: reading and erasing do not wait meanwhile.
    """
    if not lock_purge(connection):
        return None
    entry = AuditEntry.__table__.c
    recent = select(exists().where(entry.tenant == "", entry.act == _ACT, entry.at > now - _EVERY))
    if connection.execute(recent).scalar_one():
        return None
    return purge(connection, retention, now, "gateway")
