"""Reads what a head answered, with the sealed vectors and words that it was answered from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from gateway.prediction_log.life_models import Feedback
from gateway.prediction_log.models import (
    HeadAnswer,
    Prediction,
    PredictionEmbedding,
    PredictionText,
)

_HEAD = HeadAnswer.__table__
_PREDICTION = Prediction.__table__
_VECTOR = PredictionEmbedding.__table__
_TEXT = PredictionText.__table__
_FEEDBACK = Feedback.__table__
_ANSWERED = ("prediction_id", "version", "label", "probability", "threshold", "abstained")
_READ = ("flags", "tokens", "unknown_tokens")
COLUMNS = (*_ANSWERED, *_READ)
"""What every row begins with; the id of the prediction first."""


@dataclass(frozen=True)
class Wanted:
    """Whose answers of one head, in which window, and what is to be read with them.

    `tenants` None: all. Of vectors: those of one encoder, no `views` for none.
    """

    head: str
    begin: datetime
    end: datetime
    tenants: tuple[str, ...] | None = None
    fingerprint: str = ""
    views: tuple[str, ...] = ()
    words: bool = False


def count(connection: Connection, wanted: Wanted) -> int:
    """Count the answers in the window, whatever is kept of their mail."""
    query = select(func.count()).select_from(_HEAD).where(*_conditions(wanted))
    return int(connection.execute(query).scalar_one())


def blocks(
    connection: Connection, wanted: Wanted, now: datetime, size: int
) -> Iterator[Sequence[Row[Any]]]:
    """Yield the answers of which all that is wanted is kept beyond `now`, the oldest first.

    A row has COLUMNS, then key and ciphertext of each view in their order, then of the words
    (`level`, `key_words`, `sealed_words`). `size` rows at most are held at once.
    """
    joined: Any = _HEAD.join(
        _PREDICTION,
        (_PREDICTION.c.at == _HEAD.c.at) & (_PREDICTION.c.id == _HEAD.c.prediction_id),
    )
    columns: list[ColumnElement[Any]] = [
        *(_HEAD.c[name] for name in _ANSWERED),
        *(_PREDICTION.c[name] for name in _READ),
    ]
    for place, view in enumerate(wanted.views):
        table = _VECTOR.alias(f"view_{place}")
        own = (table.c.fingerprint == wanted.fingerprint) & (table.c.view == view)
        joined = joined.join(table, and_(_of_answer(table, now), own))
        columns += [
            table.c.key_id.label(f"key_{place}"),
            table.c.ciphertext.label(f"sealed_{place}"),
        ]
    if wanted.words:
        joined = joined.join(_TEXT, _of_answer(_TEXT, now))
        columns += [
            _TEXT.c.level,
            _TEXT.c.key_id.label("key_words"),
            _TEXT.c.ciphertext.label("sealed_words"),
        ]
    kept = _PREDICTION.c.erased_at.is_(None)
    query = select(*columns).select_from(joined).where(kept, *_conditions(wanted))
    ordered = query.order_by(_HEAD.c.at, _HEAD.c.prediction_id).execution_options(yield_per=size)
    yield from connection.execute(ordered).partitions()


def corrections(connection: Connection, wanted: Wanted) -> Sequence[Row[Any]]:
    """Return corrections of these answers: last words that nobody rejected, `holds`, and others.

    The others are those that became training rows, whoever took them back since: a version that
    learnt the text knows it, whatever is held to be right of it now.
    """
    columns = _FEEDBACK.c
    holds = and_(columns.state != "rejected", columns.superseded_by.is_(None))
    read: list[ColumnElement[Any]] = [
        columns.prediction_id,
        columns.label,
        columns.exported_at,
        holds.label("holds"),
    ]
    query = select(*read).where(
        columns.head == wanted.head,
        columns.prediction_at >= wanted.begin,
        columns.prediction_at < wanted.end,
        columns.role != "shadow",
        holds | columns.exported_at.is_not(None),
        *_of_tenants(_FEEDBACK, wanted),
    )
    return connection.execute(query).all()


def _of_answer(table: Any, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a row is an answer's, and not due to be deleted."""
    return and_(
        table.c.at == _HEAD.c.at,
        table.c.prediction_id == _HEAD.c.prediction_id,
        table.c.expires_at > now,
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return what makes an answer one of the head's that a caller got."""
    return [
        _HEAD.c.at >= wanted.begin,
        _HEAD.c.at < wanted.end,
        _HEAD.c.head == wanted.head,
        _HEAD.c.role.in_(("production", "candidate")),
        _HEAD.c.status == "ok",
        *_of_tenants(_HEAD, wanted),
    ]


def _of_tenants(table: Any, wanted: Wanted) -> list[ColumnElement[bool]]:
    return [] if wanted.tenants is None else [table.c.tenant.in_(wanted.tenants)]
