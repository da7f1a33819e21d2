"""Erases a subject's rows by the manifest, and keeps what the caches must forget."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select

from gateway.prediction_log import manifest
from gateway.prediction_log.annotation_models import AnnotationItem
from gateway.prediction_log.life_models import CachePurge, Erasure
from gateway.prediction_log.models import Base, Prediction
from gateway.prediction_log.purges import KEPT, Purge
from gateway.prediction_log.queries.predictions import Stored
from gateway.prediction_log.values import Subject

_PREDICTION = Prediction.__table__
_ERASURE = Erasure.__table__
_PURGE = CachePurge.__table__
_ITEM = AnnotationItem.__table__
_AT_ONCE = 500


def rows_of_subject(connection: Connection, tenant: str, subject_ref: str) -> Sequence[Stored]:
    """Return id, time and cache keys of all that is stored of a subject."""
    columns = _PREDICTION.c
    chosen: list[ColumnElement[Any]] = [
        columns[name] for name in ("id", "at", "cache_keys", "cache_keys_key")
    ]
    query = select(*chosen)
    found = query.where(columns.tenant == tenant, columns.subject_ref == subject_ref)
    return connection.execute(found).all()


def delete_subject(
    connection: Connection, subject: Subject, ids: Sequence[str]
) -> Mapping[str, int]:
    """Delete a subject's texts to label, and all that hangs on these predictions of it.

    Return how many rows went, by table.
    """
    items = items_of_subject(connection, subject, ids)
    counts = {table.name: 0 for table in manifest.TABLES if table.match != "none"}
    for table in manifest.TABLES:
        if table.match != "none":
            keys = items if table.match in ("item", "item_id") else ids
            counts[table.name] = sum(_delete(connection, table, some) for some in _chunks(keys))
    return counts


def items_of_subject(
    connection: Connection, subject: Subject, prediction_ids: Sequence[str]
) -> list[str]:
    """Return the ids of texts to label that are a subject's, or come from its predictions."""
    of_subject = (_ITEM.c.tenant == subject.tenant) & (_ITEM.c.subject_ref == subject.ref)
    ids = set(connection.execute(select(_ITEM.c.id).where(of_subject)).scalars())
    for some in _chunks(prediction_ids):
        ids |= set(
            connection.execute(select(_ITEM.c.id).where(_ITEM.c.prediction_id.in_(some))).scalars()
        )
    return sorted(ids)


def record_erasure(connection: Connection, row: Mapping[str, Any]) -> None:
    """Store an erasure."""
    connection.execute(insert(Erasure), [row])


def erased_since(connection: Connection, digests: Sequence[bytes]) -> Mapping[bytes, datetime]:
    """Return of these subjects those that were erased, and when last."""
    latest: dict[bytes, datetime] = {}
    for some in _chunks(digests):
        query = (
            select(_ERASURE.c.subject_digest, func.max(_ERASURE.c.asked_at).label("asked_at"))
            .where(_ERASURE.c.subject_digest.in_(some))
            .group_by(_ERASURE.c.subject_digest)
        )
        latest |= {bytes(row.subject_digest): row.asked_at for row in connection.execute(query)}
    return latest


def store_purge(connection: Connection, purge: Purge) -> None:
    """Tell every process that has caches what to forget."""
    row = {
        "id": purge.id,
        "at": purge.at,
        "key_name": purge.key_name,
        "ciphertext": purge.sealed,
    }
    connection.execute(insert(CachePurge), [row])


def purges(connection: Connection) -> Sequence[Purge]:
    """Return what caches were told to forget lately, oldest first."""
    query = select(_PURGE).where(_PURGE.c.at > datetime.now(UTC) - KEPT).order_by(_PURGE.c.id)
    return [
        Purge(
            row.id, row.at, row.key_name, None if row.ciphertext is None else bytes(row.ciphertext)
        )
        for row in connection.execute(query)
    ]


def drop_old_purges(connection: Connection) -> int:
    """Delete what all caches have had the time to forget; return how many rows that were."""
    old = _PURGE.c.at <= datetime.now(UTC) - KEPT
    return connection.execute(delete(CachePurge).where(old)).rowcount


def _delete(connection: Connection, listed: manifest.Table, ids: Sequence[str]) -> int:
    table = Base.metadata.tables[listed.name]
    return connection.execute(delete(table).where(_matches(table, listed, ids))).rowcount


def _matches(table: Table, listed: manifest.Table, ids: Sequence[str]) -> Any:
    match listed.match:
        case "prediction" | "item":
            return table.c.id.in_(ids)
        case "item_id":
            return table.c.item_id.in_(ids)
        case "prediction_id":
            return table.c.prediction_id.in_(ids)
        case "feedback_id":
            feedback = Base.metadata.tables["feedback"]
            own = select(feedback.c.id).where(feedback.c.prediction_id.in_(ids))
            return table.c.feedback_id.in_(own)
        case "answer":
            return table.c.answer["prediction_id"].as_string().in_(ids)
        case "none":
            raise ValueError("nothing in this table is a subject's")


def _chunks(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[first : first + _AT_ONCE] for first in range(0, len(values), _AT_ONCE)]
