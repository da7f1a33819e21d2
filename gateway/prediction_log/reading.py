"""Shows stored predictions as the API's values; words only where they are asked for."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.prediction_log import sealing, tenant_keys
from gateway.prediction_log.queries import predictions
from gateway.prediction_log.queries.predictions import Stored
from gateway.prediction_log.sealing import Keys
from gateway.prediction_log.values import Filters, Json, Reader

_NO_KEYS = Keys({})
_VERSIONS = {
    "gateway": "gateway_version",
    "cleaner": "cleaner_version",
    "taxonomy": "taxonomy_version",
    "head_set_generation": "head_set_generation",
}
_DECISION = ("intent", "objection_reason", "abstained", "decided_by", "rule", "opt_out")
_TEXT = ("scope", "kept_chars", "cut_chars", "thread_chars", "flags")
_HEAD = (
    "head", "role", "version", "status", "label", "probability", "threshold", "margin",
    "abstained", "scores",
)  # fmt: skip
_FEEDBACK = (
    "id", "head", "role", "answered_label", "label", "by", "source", "state", "decided_by",
    "superseded_by",
)  # fmt: skip


def prediction(
    connection: Connection, prediction_id: str, reader: Reader, keys: Keys | None, *, words: bool
) -> Json | None:
    """Return one prediction, with its words where `words`; None where the reader knows of none."""
    row = predictions.find(connection, prediction_id, reader)
    if row is None:
        return None
    (shown,) = shapes(connection, [row])
    return {**shown, "words": words_of(connection, row, keys)} if words else shown


def is_text_of(
    connection: Connection, prediction_id: str, text: str, digest_keys: Keys | None
) -> bool | None:
    """Whether a cleaned text is that of a prediction; None where no digest can tell."""
    row = predictions.find(connection, prediction_id, Reader(None))
    keys = digest_keys or _NO_KEYS
    if row is None or row.digest is None or row.digest_key not in keys.by_name:
        return None
    own = sealing.digest(keys.by_name[row.digest_key], row.tenant, text)
    return hmac.compare_digest(own, bytes(row.digest))


def page(connection: Connection, filters: Filters, reader: Reader) -> Json:
    """Return a page of predictions, and the cursor of the next one, None for the last."""
    rows = predictions.page(connection, filters, reader)
    shown = rows[: filters.limit]
    cursor = shown[-1].id if len(rows) > filters.limit else None
    return {"items": shapes(connection, shown), "next": cursor}


def shapes(connection: Connection, rows: Sequence[Stored]) -> list[Json]:
    """Return predictions with what their heads answered and how they were corrected."""
    heads = predictions.head_answers(connection, rows)
    feedback = predictions.feedback(connection, rows)
    return [_shape(row, heads.get(row.id, ()), feedback.get(row.id, ())) for row in rows]


def words_of(connection: Connection, row: Stored, keys: Keys | None) -> str | None:
    """Return the words that are stored of a prediction; None where none are, or none readable."""
    stored = predictions.text_of(connection, row)
    content = None if stored is None else _opened(connection, stored, keys, f"{row.id}/text")
    return _text(content)


def with_content(connection: Connection, shape: Json, row: Stored, keys: Keys | None) -> Json:
    """Return a prediction with all that is held of it: words, comments and vectors (fp16)."""
    comments = {
        stored.feedback_id: _opened(connection, stored, keys, f"{stored.feedback_id}/{stored.kind}")
        for stored in predictions.comments_of(connection, row)
    }
    feedback = [
        {**entry, "comment": _text(comments.get(entry["id"]))} for entry in shape["feedback"]
    ]
    vectors = [
        _vector(stored, _opened(connection, stored, keys, _place(row, stored)))
        for stored in predictions.vectors_of(connection, row)
    ]
    words = words_of(connection, row, keys)
    return {**shape, "feedback": feedback, "words": words, "embeddings": vectors}


def _opened(
    connection: Connection, stored: Stored, keys: Keys | None, context: str
) -> bytes | None:
    return tenant_keys.opened(connection, stored.key_id, stored.ciphertext, keys, context)


def _place(row: Stored, stored: Stored) -> str:
    return f"{row.id}/{stored.fingerprint}/{stored.view}"


def _vector(stored: Stored, content: bytes | None) -> Json:
    fp16 = None if content is None else base64.b64encode(content).decode()
    return {"fingerprint": stored.fingerprint, "view": stored.view, "fp16": fp16}


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "replace")


def _shape(row: Stored, heads: Sequence[Stored], feedback: Sequence[Stored]) -> Json:
    fields = row._mapping
    return {
        "id": row.id,
        "at": moment(row.at),
        "request_id": row.request_id,
        "batch_id": row.batch_id,
        "tenant": row.tenant,
        "subject_ref": row.subject_ref,
        "tags": row.tags,
        "versions": {name: fields[column] for name, column in _VERSIONS.items()},
        "decision": {name: fields[name] for name in _DECISION},
        "auto_kind": row.auto_kind,
        "heads": [_head(head) for head in heads],
        "text": {
            "kind": row.input_kind,
            **{name: fields[name] for name in _TEXT},
            "level": row.text_level,
        },
        "encoders": row.encoders,
        "cache": row.cache_path,
        "timings_ms": {name: fields[f"{name}_ms"] for name in ("clean", "embed", "heads", "total")},
        "feedback": [_feedback(entry) for entry in feedback],
    }


def _head(row: Stored) -> Json:
    fields = row._mapping
    given = None
    if row.given_head is not None:
        given = {part: fields[f"given_{part}"] for part in ("head", "label", "probability")}
    return {**{name: fields[name] for name in _HEAD}, "given": given}


def _feedback(row: Stored) -> dict[str, Any]:
    fields = row._mapping
    own = {name: fields[name] for name in _FEEDBACK}
    return {**own, "at": moment(row.at), "version": row.head_version}


def moment(at: datetime) -> str:
    """Return a time as the API writes it: UTC, to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
