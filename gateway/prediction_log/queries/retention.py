"""Deletes what is older than it may be kept: whole months where that is possible, else rows."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, select, text

from gateway.prediction_log.models import PARTITIONED, Base
from gateway.prediction_log.retention import Retention

_TABLES = Base.metadata.tables
_WORDS = ("prediction_text", "prediction_embedding")
_ROWS = ("head_answer", "prediction")
_FIGURES = {"hourly_figure": "hour", "drift_window": "at"}
_EXPIRING = ("feedback_text", "idempotency_key", "annotation_item")
_OF_ITEMS = ("annotation_label", "annotation_lease")
_PARTITION = re.compile(r"_(\d{4})_(\d{2})$")
_MONTHS = text(
    "SELECT child.relname FROM pg_inherits "
    "JOIN pg_class child ON child.oid = pg_inherits.inhrelid "
    "JOIN pg_class parent ON parent.oid = pg_inherits.inhparent "
    "WHERE parent.relname = :table ORDER BY 1"
)


def drop_months(connection: Connection, retention: Retention, now: datetime) -> list[str]:
    """Drop PostgreSQL's partitions that nobody may keep any more; return their names."""
    if connection.dialect.name != "postgresql":
        return []
    first_kept = (now - timedelta(days=retention.longest_row_days())).date().replace(day=1)
    old = [
        name
        for table in PARTITIONED
        for name in connection.execute(_MONTHS, {"table": table}).scalars()
        if (month := _month(name)) is not None and month < first_kept
    ]
    for name in old:
        connection.execute(text(f"DROP TABLE {name}"))
    return old


def delete_old(connection: Connection, retention: Retention, now: datetime) -> Mapping[str, int]:
    """Delete the rows and words that their tenant's days are over for; return counts by table."""
    counts = dict.fromkeys((*_EXPIRING, *_OF_ITEMS, "feedback", *_WORDS, *_ROWS, *_FIGURES), 0)
    for name in _EXPIRING:
        counts[name] += _delete(connection, name, _TABLES[name].c.expires_at < now)
    kept_items = select(_TABLES["annotation_item"].c.id)
    for name in _OF_ITEMS:
        without_item = _TABLES[name].c.item_id.not_in(kept_items)
        counts[name] += _delete(connection, name, without_item)
    own = sorted(retention.by_tenant)
    for tenant in [*own, None]:
        rows_end = now - timedelta(days=retention.row_days(tenant or ""))
        words_end = now - timedelta(days=retention.text_days(tenant or ""))
        feedback = _TABLES["feedback"].c
        old_ids = select(feedback.id).where(
            _is_of(_TABLES["feedback"], tenant, own), feedback.prediction_at < rows_end
        )
        comments = _TABLES["feedback_text"].c.feedback_id.in_(old_ids)
        counts["feedback_text"] += _delete(connection, "feedback_text", comments)
        counts["feedback"] += _delete(connection, "feedback", feedback.id.in_(old_ids))
        for name in _WORDS:
            condition = _is_of(_TABLES[name], tenant, own) & (
                (_TABLES[name].c.at < max(words_end, rows_end)) | (_TABLES[name].c.expires_at < now)
            )
            counts[name] += _delete(connection, name, condition)
        for name in _ROWS:
            condition = _is_of(_TABLES[name], tenant, own) & (_TABLES[name].c.at < rows_end)
            counts[name] += _delete(connection, name, condition)
        for name, time in _FIGURES.items():  # an hour of which a part is kept stays as it is
            old = _TABLES[name].c[time] < rows_end - timedelta(hours=1)
            counts[name] += _delete(connection, name, _is_of(_TABLES[name], tenant, own) & old)
    states_end = now - timedelta(days=retention.longest_row_days(), hours=1)
    _delete(connection, "hourly_state", _TABLES["hourly_state"].c.hour < states_end)
    return counts


def _is_of(table: Table, tenant: str | None, own: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition of a tenant's rows; None stands for all without days of their own."""
    return table.c.tenant.not_in(list(own)) if tenant is None else table.c.tenant == tenant


def _delete(connection: Connection, name: str, condition: ColumnElement[bool]) -> int:
    return connection.execute(delete(_TABLES[name]).where(condition)).rowcount


def _month(partition: str) -> date | None:
    match = _PARTITION.search(partition)
    return None if match is None else date(int(match[1]), int(match[2]), 1)
