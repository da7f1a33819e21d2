"""Deletes what is older than it may be kept: whole months where that is possible, else rows."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, select, text, tuple_

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


@dataclass(frozen=True)
class OldRows:
    """Rows of a table that are kept too long already."""

    table: str
    condition: ColumnElement[bool]


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


def old_rows(retention: Retention, now: datetime) -> Iterator[OldRows]:
    """Yield what nobody may keep any more, in the order in which it is to be deleted."""
    for name in _EXPIRING:
        yield OldRows(name, _TABLES[name].c.expires_at < now)
    kept_items = select(_TABLES["annotation_item"].c.id)
    for name in _OF_ITEMS:
        yield OldRows(name, _TABLES[name].c.item_id.not_in(kept_items))
    own = sorted(retention.by_tenant)
    for tenant in [*own, None]:
        yield from _of_tenant(retention, now, tenant, own)
    states_end = now - timedelta(days=retention.longest_row_days(), hours=1)
    yield OldRows("hourly_state", _TABLES["hourly_state"].c.hour < states_end)


def delete_rows(connection: Connection, rows: OldRows) -> int:
    """Delete rows; return how many there were."""
    return connection.execute(delete(_TABLES[rows.table]).where(rows.condition)).rowcount


def delete_some(connection: Connection, rows: OldRows, most: int) -> int:
    """Delete so many of the rows at most; return how many there were."""
    table = _TABLES[rows.table]
    key = tuple_(*table.primary_key.columns)
    chosen = select(*table.primary_key.columns).where(rows.condition).limit(most)
    return connection.execute(delete(table).where(key.in_(chosen))).rowcount


def _of_tenant(
    retention: Retention, now: datetime, tenant: str | None, own: Sequence[str]
) -> Iterator[OldRows]:
    rows_end = now - timedelta(days=retention.row_days(tenant or ""))
    words_end = now - timedelta(days=retention.text_days(tenant or ""))
    feedback = _TABLES["feedback"].c
    old_feedback = _is_of(_TABLES["feedback"], tenant, own) & (feedback.prediction_at < rows_end)
    comments = select(feedback.id).where(old_feedback)
    yield OldRows("feedback_text", _TABLES["feedback_text"].c.feedback_id.in_(comments))
    yield OldRows("feedback", old_feedback)
    for name in _WORDS:
        columns = _TABLES[name].c
        is_old = (columns.at < max(words_end, rows_end)) | (columns.expires_at < now)
        yield OldRows(name, _is_of(_TABLES[name], tenant, own) & is_old)
    for name in _ROWS:
        yield OldRows(name, _is_of(_TABLES[name], tenant, own) & (_TABLES[name].c.at < rows_end))
    for name, time in _FIGURES.items():  # an hour of which a part is kept stays as it is
        old = _TABLES[name].c[time] < rows_end - timedelta(hours=1)
        yield OldRows(name, _is_of(_TABLES[name], tenant, own) & old)


def _is_of(table: Table, tenant: str | None, own: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition of a tenant's rows; None stands for all without days of their own."""
    return table.c.tenant.not_in(list(own)) if tenant is None else table.c.tenant == tenant


def _month(partition: str) -> date | None:
    match = _PARTITION.search(partition)
    return None if match is None else date(int(match[1]), int(match[2]), 1)
