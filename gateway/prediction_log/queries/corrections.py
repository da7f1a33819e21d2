"""Stores corrections, their comments, and the answers that their Idempotency-Keys were given."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from gateway.prediction_log.life_models import Feedback, FeedbackText, IdempotencyKey
from gateway.prediction_log.values import ANNOTATION, Json

_FEEDBACK = Feedback.__table__
_KEYS = IdempotencyKey.__table__
KEY_HOURS = 24
"""How long an Idempotency-Key is known."""


@dataclass(frozen=True)
class UsedKey:
    """What a key was used for, as a digest, and what was answered."""

    request_digest: bytes
    answer: Json


def supersede(connection: Connection, feedback: Mapping[str, Any]) -> str | None:
    """Mark what the same person said before of the same answer; return the latest such id."""
    same = (
        _FEEDBACK.c.prediction_id == feedback["prediction_id"],
        _FEEDBACK.c.head == feedback["head"],
        _FEEDBACK.c.by == feedback["by"],
        _FEEDBACK.c.source != ANNOTATION,  # what annotators settled holds until they change it
        _FEEDBACK.c.superseded_by.is_(None),
    )
    ids = connection.execute(select(_FEEDBACK.c.id).where(*same).order_by(_FEEDBACK.c.id)).all()
    if not ids:
        return None
    connection.execute(update(Feedback).where(*same).values(superseded_by=feedback["id"]))
    return str(ids[-1].id)


def of_annotators(connection: Connection, prediction_id: str) -> Sequence[Row[Any]]:
    """Return what annotators settled of an answer, as far as it holds: one row a head."""
    query = select(_FEEDBACK).where(
        _FEEDBACK.c.prediction_id == prediction_id,
        _FEEDBACK.c.source == ANNOTATION,
        _FEEDBACK.c.state != "rejected",
        _FEEDBACK.c.superseded_by.is_(None),
    )
    return connection.execute(query).all()


def replace(connection: Connection, feedback_id: str, by_id: str) -> None:
    """Let another correction take the place of one, which stays."""
    same = _FEEDBACK.c.id == feedback_id
    connection.execute(update(Feedback).where(same).values(superseded_by=by_id))


def withdraw(connection: Connection, feedback_id: str, now: datetime) -> None:
    """Let a correction hold no more."""
    same = _FEEDBACK.c.id == feedback_id
    connection.execute(update(Feedback).where(same).values(state="rejected", decided_at=now))


def store(connection: Connection, feedback: Mapping[str, Any]) -> None:
    """Store a correction."""
    connection.execute(insert(Feedback), [feedback])


def store_words(connection: Connection, words: Mapping[str, Any]) -> None:
    """Store the sealed words of a correction."""
    connection.execute(insert(FeedbackText), [words])


def used_key(connection: Connection, route: str, key: str) -> UsedKey | None:
    """Return what a key was used for within the last hours; forget older uses of it."""
    at_key = (_KEYS.c.tenant == "", _KEYS.c.route == route, _KEYS.c.key == key)
    connection.execute(
        delete(IdempotencyKey).where(*at_key, _KEYS.c.expires_at < datetime.now(UTC))
    )
    row = connection.execute(select(_KEYS).where(*at_key)).one_or_none()
    return None if row is None else UsedKey(bytes(row.request_digest), row.answer)


def keep_key(
    connection: Connection, route: str, key: str, digest: bytes, answer: Mapping[str, Any]
) -> None:
    """Keep what a key was used for; raise IntegrityError where somebody else just did."""
    now = datetime.now(UTC)
    row = {
        "tenant": "",
        "route": route,
        "key": key,
        "request_digest": digest,
        "status": 200,
        "answer": dict(answer),
        "at": now,
        "expires_at": now + timedelta(hours=KEY_HOURS),
    }
    connection.execute(insert(IdempotencyKey), [row])


def name_of_key(key_id: str | None, idempotency_key: str) -> str:
    """Return the name under which a caller's key is kept: two callers' keys are never the same."""
    return hashlib.sha256(f"{key_id or ''}\0{idempotency_key}".encode()).hexdigest()
