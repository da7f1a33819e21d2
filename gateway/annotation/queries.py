"""Reads and writes the queue's rows; who may do so, and when, is decided by others."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from gateway.prediction_log.annotation_models import (
    AnnotationHoldout,
    AnnotationItem,
    AnnotationLabel,
    AnnotationLease,
)
from gateway.prediction_log.values import PAGE, Reader

ITEM = AnnotationItem.__table__
LEASE = AnnotationLease.__table__
LABEL = AnnotationLabel.__table__
HOLDOUT = AnnotationHoldout.__table__
Stored = Row[Any]
_AT_ONCE = 500


def item(connection: Connection, item_id: str, reader: Reader) -> Stored | None:
    """Return a text's row; None where there is none that the reader may know of."""
    query = select(ITEM).where(ITEM.c.id == item_id, *visible(reader))
    return connection.execute(query).one_or_none()


def items(connection: Connection, reader: Reader, *conditions: ColumnElement[bool]) -> list[Stored]:
    """Return the rows of texts that fit, in the queue's order."""
    query = select(ITEM).where(*visible(reader), *conditions).order_by(*order())
    return list(connection.execute(query).all())


def held_by(connection: Connection, annotator: str, reader: Reader) -> Stored | None:
    """Return the open text that this annotator took last."""
    query = (
        select(ITEM)
        .join(LEASE, LEASE.c.item_id == ITEM.c.id)
        .where(LEASE.c.annotator == annotator, LEASE.c.state == "open", ITEM.c.state == "open")
        .where(*visible(reader))
        .order_by(LEASE.c.at.desc(), ITEM.c.id)
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def places_taken(now: datetime, annotator: str) -> ScalarSelect[int]:
    """Return the count of others who labelled a text or have it before them now."""
    return (
        select(func.count())
        .select_from(LEASE)
        .where(
            LEASE.c.item_id == ITEM.c.id,
            LEASE.c.annotator != annotator,
            or_(LEASE.c.state == "done", (LEASE.c.state == "open") & (LEASE.c.expires_at > now)),
        )
        .correlate(ITEM)
        .scalar_subquery()
    )


def count_taken(connection: Connection, annotator: str, reader: Reader, now: datetime) -> int:
    """Return how many open texts others have all the places of."""
    query = (
        select(func.count())
        .select_from(ITEM)
        .where(ITEM.c.state == "open", *visible(reader))
        .where(places_taken(now, annotator) >= ITEM.c.annotators)
    )
    return int(connection.execute(query).scalar_one())


def first_free(
    connection: Connection, annotator: str, reader: Reader, now: datetime
) -> Stored | None:
    """Return the first open text that this annotator never had and that has a place left."""
    had = exists().where(LEASE.c.item_id == ITEM.c.id, LEASE.c.annotator == annotator)
    query = (
        select(ITEM)
        .where(ITEM.c.state == "open", ~had, *visible(reader))
        .where(places_taken(now, annotator) < ITEM.c.annotators)
        .order_by(*order())
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def order() -> list[ColumnElement[Any]]:
    """Return the queue's order: the smallest score first, texts without one last."""
    return [ITEM.c.score.is_(None), ITEM.c.score, ITEM.c.id]


def lease_of(connection: Connection, item_id: str, annotator: str) -> Stored | None:
    """Return how an annotator has, or had, a text."""
    query = select(LEASE).where(LEASE.c.item_id == item_id, LEASE.c.annotator == annotator)
    return connection.execute(query).one_or_none()


def set_lease(connection: Connection, lease: Mapping[str, Any]) -> None:
    """Store how an annotator has a text now."""
    same = (LEASE.c.item_id == lease["item_id"], LEASE.c.annotator == lease["annotator"])
    changed = connection.execute(update(AnnotationLease).where(*same).values(**lease)).rowcount
    if not changed:
        connection.execute(insert(AnnotationLease), [dict(lease)])


def done_leases(connection: Connection, item_id: str) -> list[str]:
    """Return who has labelled all of a text."""
    query = select(LEASE.c.annotator).where(LEASE.c.item_id == item_id, LEASE.c.state == "done")
    return list(connection.execute(query).scalars())


def last_skipped(connection: Connection, annotator: str) -> Stored | None:
    """Return the text that this annotator passed over last."""
    query = (
        select(LEASE)
        .where(LEASE.c.annotator == annotator, LEASE.c.state == "skipped")
        .order_by(LEASE.c.at.desc())
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def labels(
    connection: Connection, item_ids: Collection[str], role: str | None = None
) -> list[Stored]:
    """Return the labels of these texts that hold, the earliest first."""
    rows: list[Stored] = []
    ids = list(item_ids)
    for first in range(0, len(ids), _AT_ONCE):
        query = select(LABEL).where(
            LABEL.c.item_id.in_(ids[first : first + _AT_ONCE]), LABEL.c.undone_at.is_(None)
        )
        if role is not None:
            query = query.where(LABEL.c.role == role)
        rows += connection.execute(query.order_by(LABEL.c.at, LABEL.c.id)).all()
    return rows


def last_label(connection: Connection, by: str, role: str) -> Stored | None:
    """Return what somebody labelled last on the page, of what holds."""
    query = (
        select(LABEL)
        .where(LABEL.c.by == by, LABEL.c.role == role, LABEL.c.undone_at.is_(None))
        .where(LABEL.c.source == PAGE)
        .order_by(LABEL.c.at.desc(), LABEL.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def of_external(connection: Connection, external: str) -> list[Stored]:
    """Return the labels that hold of another tool's annotation."""
    query = select(LABEL).where(LABEL.c.external == external, LABEL.c.undone_at.is_(None))
    return list(connection.execute(query).all())


def add_label(connection: Connection, label: Mapping[str, Any]) -> None:
    """Store a label."""
    connection.execute(insert(AnnotationLabel), [dict(label)])


def undo_labels(connection: Connection, ids: Collection[str], now: datetime) -> None:
    """Let labels not hold any more."""
    condition = LABEL.c.id.in_(list(ids))
    connection.execute(update(AnnotationLabel).where(condition).values(undone_at=now))


def set_state(connection: Connection, item_id: str, state: str) -> None:
    """Store where a text stands: open, agreed, disputed, resolved or held_out."""
    connection.execute(update(AnnotationItem).where(ITEM.c.id == item_id).values(state=state))


def states(connection: Connection, reader: Reader) -> Mapping[str, int]:
    """Return how many texts there are in each state."""
    query = select(ITEM.c.state, func.count().label("texts")).where(*visible(reader))
    return {row.state: row.texts for row in connection.execute(query.group_by(ITEM.c.state))}


def leases_of(connection: Connection, annotator: str, reader: Reader) -> Mapping[str, int]:
    """Return how many texts an annotator has in each way."""
    query = (
        select(LEASE.c.state, func.count().label("texts"))
        .join(ITEM, ITEM.c.id == LEASE.c.item_id)
        .where(LEASE.c.annotator == annotator, *visible(reader))
        .group_by(LEASE.c.state)
    )
    return {row.state: row.texts for row in connection.execute(query)}


def set_scores(connection: Connection, scores: Mapping[str, float]) -> int:
    """Store the scores of open texts by their ids; return how many there were."""
    changed = 0
    for item_id, score in scores.items():
        same = (ITEM.c.id == item_id, ITEM.c.state == "open")
        changed += connection.execute(
            update(AnnotationItem).where(*same).values(score=score)
        ).rowcount
    return changed


def visible(reader: Reader) -> list[ColumnElement[bool]]:
    """Return the condition of texts that a reader may know of."""
    return [ITEM.c.tenant.in_(sorted(reader.tenants))] if reader.tenants else []
