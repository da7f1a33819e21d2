"""Decides on corrections, and reads those that were accepted, to train with."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from gateway.prediction_log.annotation_models import AnnotationHoldout
from gateway.prediction_log.life_models import Feedback
from gateway.prediction_log.models import Prediction, PredictionText

_FEEDBACK = Feedback.__table__
_PREDICTION = Prediction.__table__
_TEXT = PredictionText.__table__
_AT_ONCE = 500
_JUDGED = ("id", "prediction_id", "head", "head_version", "label", "by", "at", "source")


def listed(connection: Connection, state: str, limit: int) -> Sequence[Row[Any]]:
    """Return corrections in a state that nobody has taken back, the oldest first."""
    query = (
        select(_FEEDBACK)
        .where(_FEEDBACK.c.state == state, _FEEDBACK.c.superseded_by.is_(None))
        .order_by(_FEEDBACK.c.id)
        .limit(limit)
    )
    return connection.execute(query).all()


def decide(connection: Connection, ids: Sequence[str], state: str, by: str) -> int:
    """Accept or reject proposals; return how many there were of these ids."""
    changed = 0
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        condition = _FEEDBACK.c.id.in_(some) & (_FEEDBACK.c.state == "proposed")
        values = {"state": state, "decided_by": by, "decided_at": datetime.now(UTC)}
        changed += connection.execute(update(Feedback).where(condition).values(values)).rowcount
    return changed


def accepted(connection: Connection) -> Sequence[Row[Any]]:
    """Return accepted corrections, each with its prediction and the sealed words of that."""
    columns: list[ColumnElement[Any]] = [
        *(_FEEDBACK.c[name] for name in _JUDGED),
        *(_PREDICTION.c[name] for name in ("tenant", "subject_ref")),
        *(_TEXT.c[name] for name in ("level", "key_id", "ciphertext")),
    ]
    query = (
        select(*columns)
        .join(
            _PREDICTION,
            (_PREDICTION.c.at == _FEEDBACK.c.prediction_at)
            & (_PREDICTION.c.id == _FEEDBACK.c.prediction_id),
        )
        .outerjoin(
            _TEXT, (_TEXT.c.at == _PREDICTION.c.at) & (_TEXT.c.prediction_id == _PREDICTION.c.id)
        )
        .where(_FEEDBACK.c.state == "accepted", _FEEDBACK.c.superseded_by.is_(None))
        .order_by(_FEEDBACK.c.prediction_id, _FEEDBACK.c.id)
    )
    return connection.execute(query).all()


def mark_exported(connection: Connection, ids: Sequence[str]) -> None:
    """Note which corrections became training rows."""
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        condition = _FEEDBACK.c.id.in_(some)
        connection.execute(update(Feedback).where(condition).values(exported_at=datetime.now(UTC)))


def mark_learnt(connection: Connection, prediction_id: str, heads: Collection[str]) -> None:
    """Note that these heads' right labels of an answer became training rows, by whoever's word."""
    same = (
        _FEEDBACK.c.prediction_id == prediction_id,
        _FEEDBACK.c.head.in_(list(heads)),
        _FEEDBACK.c.superseded_by.is_(None),
    )
    connection.execute(update(Feedback).where(*same).values(exported_at=datetime.now(UTC)))


def held_out(connection: Connection) -> set[str]:
    """Return the keys of texts that judge heads and are never learnt."""
    return set(connection.execute(select(AnnotationHoldout.__table__.c.key)).scalars())
