"""Shows what of a subject lies in the queue of texts to label, words and labels included."""

from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.prediction_log import tenant_keys
from gateway.prediction_log.annotation_models import AnnotationItem, AnnotationLabel
from gateway.prediction_log.queries.erasure import items_of_subject
from gateway.prediction_log.reading import moment
from gateway.prediction_log.sealing import Keys
from gateway.prediction_log.values import Json, Subject

_ITEM, _LABEL = AnnotationItem.__table__, AnnotationLabel.__table__


def of_subject(
    connection: Connection, subject: Subject, prediction_ids: list[str], keys: Keys | None
) -> list[Json]:
    """Return a subject's texts in the queue with all labels that people gave them."""
    return [
        _shape(connection, item_id, keys)
        for item_id in items_of_subject(connection, subject, prediction_ids)
    ]


def words_of(connection: Connection, row: Row[Any], keys: Keys | None) -> str | None:
    """Return a text's words; None where their key is gone."""
    content = tenant_keys.opened(connection, row.key_id, row.ciphertext, keys, context_of(row.id))
    return None if content is None else content.decode("utf-8", "replace")


def context_of(item_id: str) -> str:
    """Return what a text's words are sealed under beside their key."""
    return f"{item_id}/annotation"


def _shape(connection: Connection, item_id: str, keys: Keys | None) -> Json:
    row = connection.execute(select(_ITEM).where(_ITEM.c.id == item_id)).one()
    query = select(_LABEL).where(_LABEL.c.item_id == item_id).order_by(_LABEL.c.at, _LABEL.c.id)
    return {
        "id": row.id,
        "at": moment(row.at),
        "source": row.source,
        "prediction_id": row.prediction_id,
        "state": row.state,
        "text": words_of(connection, row, keys),
        "labels": [_label(label) for label in connection.execute(query)],
    }


def _label(row: Row[Any]) -> Json:
    return {
        "at": moment(row.at),
        "head": row.head,
        "label": row.label,
        "by": row.by,
        "role": row.role,
        "source": row.source,
        "undone_at": None if row.undone_at is None else moment(row.undone_at),
    }
