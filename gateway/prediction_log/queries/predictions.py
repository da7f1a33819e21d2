"""Reads stored predictions: one by its id, or a page of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, Row, and_, exists, or_, select

from gateway.prediction_log.life_models import Feedback, FeedbackText
from gateway.prediction_log.models import (
    HeadAnswer,
    Prediction,
    PredictionEmbedding,
    PredictionText,
)
from gateway.prediction_log.values import Filters, Reader
from trunkline.ulid import time_of

_PREDICTION = Prediction.__table__
_HEAD = HeadAnswer.__table__
_FEEDBACK = Feedback.__table__
_TEXT = PredictionText.__table__
_VECTOR = PredictionEmbedding.__table__
_COMMENT = FeedbackText.__table__

Stored = Row[Any]


def find(connection: Connection, prediction_id: str, reader: Reader) -> Stored | None:
    """Return a prediction's row; None where there is none that the reader may know of."""
    try:
        at = time_of(prediction_id)
    except ValueError:
        return None
    query = select(_PREDICTION).where(_PREDICTION.c.at == at, _PREDICTION.c.id == prediction_id)
    row = connection.execute(query).one_or_none()
    return row if row is not None and reader.may_read(row.tenant) else None


def page(connection: Connection, filters: Filters, reader: Reader) -> Sequence[Stored]:
    """Return the rows of a page and, where more follow, one beyond it."""
    query = (
        select(_PREDICTION)
        .where(and_(*_conditions(filters, connection), *_visible(reader)))
        .order_by(_PREDICTION.c.at.desc(), _PREDICTION.c.id.desc())
        .limit(filters.limit + 1)
    )
    return connection.execute(query).all()


def of_subject(connection: Connection, tenant: str, subject_ref: str) -> Sequence[Stored]:
    """Return all that is stored of a subject, oldest first."""
    query = (
        select(_PREDICTION)
        .where(_PREDICTION.c.tenant == tenant, _PREDICTION.c.subject_ref == subject_ref)
        .order_by(_PREDICTION.c.at, _PREDICTION.c.id)
    )
    return connection.execute(query).all()


def head_answers(connection: Connection, rows: Sequence[Stored]) -> Mapping[str, list[Stored]]:
    """Return the answers of heads by prediction."""
    if not rows:
        return {}
    ids = [row.id for row in rows]
    times = [row.at for row in rows]
    query = (
        select(_HEAD)
        .where(_HEAD.c.at >= min(times), _HEAD.c.at <= max(times), _HEAD.c.prediction_id.in_(ids))
        .order_by(_HEAD.c.head, _HEAD.c.role)
    )
    return _by_prediction(connection.execute(query))


def feedback(connection: Connection, rows: Sequence[Stored]) -> Mapping[str, list[Stored]]:
    """Return corrections by prediction, in the order that they came."""
    if not rows:
        return {}
    ids = [row.id for row in rows]
    query = select(_FEEDBACK).where(_FEEDBACK.c.prediction_id.in_(ids)).order_by(_FEEDBACK.c.id)
    return _by_prediction(connection.execute(query))


def text_of(connection: Connection, row: Stored) -> Stored | None:
    """Return the stored words of a prediction, sealed."""
    query = select(_TEXT).where(_TEXT.c.at == row.at, _TEXT.c.prediction_id == row.id)
    return connection.execute(query).one_or_none()


def comments_of(connection: Connection, row: Stored) -> Sequence[Stored]:
    """Return the sealed words that came with corrections of a prediction."""
    own = select(_FEEDBACK.c.id).where(_FEEDBACK.c.prediction_id == row.id)
    query = select(_COMMENT).where(_COMMENT.c.feedback_id.in_(own))
    return connection.execute(query).all()


def vectors_of(connection: Connection, row: Stored) -> Sequence[Stored]:
    """Return the sealed vectors of a prediction."""
    query = select(_VECTOR).where(_VECTOR.c.at == row.at, _VECTOR.c.prediction_id == row.id)
    return connection.execute(query).all()


def _by_prediction(rows: Iterable[Stored]) -> dict[str, list[Stored]]:
    grouped: dict[str, list[Stored]] = {}
    for row in rows:
        grouped.setdefault(row.prediction_id, []).append(row)
    return grouped


def _visible(reader: Reader) -> list[ColumnElement[bool]]:
    return [_PREDICTION.c.tenant.in_(sorted(reader.tenants))] if reader.tenants else []


def _conditions(filters: Filters, connection: Connection) -> list[ColumnElement[bool]]:
    """Return one condition for each filter that is set."""
    columns = _PREDICTION.c
    conditions: list[ColumnElement[bool]] = [columns.at >= filters.begin, columns.at < filters.end]
    if filters.after is not None:
        last = (time_of(filters.after), filters.after)
        conditions.append(
            or_(columns.at < last[0], and_(columns.at == last[0], columns.id < last[1]))
        )
    if filters.head is not None or filters.label is not None:
        conditions.append(_answered(filters))
    if filters.abstained is not None:
        conditions.append(columns.abstained.is_(filters.abstained))
    if filters.corrected is not None:
        has_feedback = exists().where(_FEEDBACK.c.prediction_id == columns.id)
        conditions.append(has_feedback if filters.corrected else ~has_feedback)
    if filters.tag is not None:
        conditions.append(_tagged(*filters.tag, connection))
    if filters.subject_ref is not None:
        conditions.append(columns.subject_ref == filters.subject_ref)
    return conditions


def _answered(filters: Filters) -> ColumnElement[bool]:
    """Return the condition that a head, or with no head the decision, has a label."""
    if filters.head is None:
        return _PREDICTION.c.intent == filters.label
    answer = exists().where(
        _HEAD.c.at == _PREDICTION.c.at,
        _HEAD.c.prediction_id == _PREDICTION.c.id,
        _HEAD.c.head == filters.head,
        _HEAD.c.role != "shadow",
    )
    return answer if filters.label is None else answer.where(_HEAD.c.label == filters.label)


def _tagged(name: str, value: str, connection: Connection) -> ColumnElement[bool]:
    tags = _PREDICTION.c.tags
    if connection.dialect.name == "postgresql":  # by its index
        return tags.op("@>", return_type=Boolean())({name: value})
    named: ColumnElement[str] = tags[name].as_string()
    return named == value
