"""Takes a correction of an answer, once, and keeps it beside the version that answered."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from gateway.prediction_log import sealing, tenant_keys
from gateway.prediction_log.errors import (
    CommentNotKeptError,
    IdempotencyConflictError,
    UnansweredHeadError,
    UnknownLabelError,
)
from gateway.prediction_log.queries import corrections, predictions
from gateway.prediction_log.queries.locks import lock_for_storing
from gateway.prediction_log.queries.predictions import Stored
from gateway.prediction_log.sealing import Keys
from gateway.prediction_log.values import API, Correction, Json, LabelsOf, Reader
from trunkline.ulid import new_id

ROUTE = "POST /v1/feedback"
_ANSWERED = ("production", "candidate")
RULE = "rule"
"""The role of what a rule decided alone, in the place of a head."""


@dataclass(frozen=True)
class Judged:
    """What a correction is about: an answer of a head's version, or of a rule."""

    head: str
    version: str
    role: str
    label: str | None
    probability: float | None
    abstained: bool | None
    labels: Sequence[str]


@dataclass(frozen=True)
class Words:
    """How words given with a correction are kept: the keys that seal them, and for how long."""

    keys: Keys | None
    days_of: Callable[[str], int]


def take(
    connection: Connection,
    correction: Correction,
    reader: Reader,
    idempotency_key: str | None,
    labels_of: LabelsOf,
    words: Words,
) -> Json | None:
    """Store a correction and return the answer to it; None where no such prediction is known.

    With a key that was used before, its first answer. Raises IdempotencyConflictError,
    UnansweredHeadError, UnknownLabelError and CommentNotKeptError.
    """
    lock_for_storing(connection)
    name = None
    digest = _digest(correction)
    if idempotency_key is not None:
        name = corrections.name_of_key(reader.key_id, idempotency_key)
        used = corrections.used_key(connection, ROUTE, name)
        if used is not None:
            if used.request_digest != digest:
                raise IdempotencyConflictError
            return used.answer
    row = predictions.find(connection, correction.prediction_id, reader)
    if row is None:
        return None
    answer = _store(connection, row, correction, reader, labels_of, words)
    if name is not None:
        corrections.keep_key(connection, ROUTE, name, digest, answer)
    return answer


def judged_answer(connection: Connection, row: Stored, head: str, labels_of: LabelsOf) -> Judged:
    """Return what a head had answered, or a rule in its place. Raises UnansweredHeadError."""
    answers = predictions.head_answers(connection, [row]).get(row.id, [])
    own = [a for a in answers if a.head == head and a.role in _ANSWERED]
    if own:
        a = own[0]
        labels = tuple(a.scores) or tuple(labels_of(head))
        return Judged(head, a.version, a.role, a.label, a.probability, a.abstained, labels)
    labels = tuple(labels_of(head))
    if row.decided_by != "rule" or not labels:
        raise UnansweredHeadError
    answered = row.intent if row.intent in labels else None
    return Judged(head, row.rule, RULE, answered, None, answered is None, labels)


def feedback_row(row: Stored, judged: Judged, label: str, by: str, source: str) -> dict[str, Any]:
    """Return the row of a proposal that an answer should have been this label."""
    return {
        "id": new_id(),
        "at": datetime.now(UTC),
        "tenant": row.tenant,
        "prediction_id": row.id,
        "prediction_at": row.at,
        "head": judged.head,
        "head_version": judged.version,
        "role": judged.role,
        "answered_label": judged.label,
        "answered_probability": judged.probability,
        "answered_abstained": judged.abstained,
        "label": label,
        "by": by,
        "key_id": None,
        "source": source,
        "state": "proposed",
        "decided_by": None,
        "decided_at": None,
        "superseded_by": None,
        "exported_at": None,
    }


def _store(
    connection: Connection,
    row: Stored,
    correction: Correction,
    reader: Reader,
    labels_of: LabelsOf,
    words: Words,
) -> Json:
    judged = judged_answer(connection, row, correction.head, labels_of)
    if correction.label not in judged.labels:
        raise UnknownLabelError(list(judged.labels))
    feedback = feedback_row(row, judged, correction.label, correction.by, API)
    feedback["key_id"] = reader.key_id
    superseded = corrections.supersede(connection, feedback)
    corrections.store(connection, feedback)
    if correction.comment:
        _keep_comment(connection, feedback, correction.comment, words)
    return {
        "id": feedback["id"],
        "prediction_id": row.id,
        "head": correction.head,
        "version": judged.version,
        "role": judged.role,
        "answered_label": judged.label,
        "label": correction.label,
        "state": feedback["state"],
        "supersedes": superseded,
    }


def _keep_comment(
    connection: Connection, feedback: dict[str, Any], comment: str, words: Words
) -> None:
    if words.keys is None:
        raise CommentNotKeptError
    tenant = feedback["tenant"]
    key = tenant_keys.current_key(connection, tenant, words.keys)
    content = comment.encode("utf-8", "replace")
    corrections.store_words(
        connection,
        {
            "feedback_id": feedback["id"],
            "kind": "comment",
            "tenant": tenant,
            "consent": False,
            "key_id": key.id,
            "ciphertext": sealing.seal(key.key, content, f"{feedback['id']}/comment"),
            "expires_at": feedback["at"] + timedelta(days=words.days_of(tenant)),
        },
    )


def _digest(correction: Correction) -> bytes:
    content = json.dumps(asdict(correction), sort_keys=True).encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).digest()
