"""Puts texts into the queue, sealed; none twice, and none that judges heads."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from gateway.annotation import queries
from gateway.annotation.final import HELD_OUT
from gateway.annotation.values import Added, Heads, NewText
from gateway.prediction_log import sealing, tenant_keys
from gateway.prediction_log.annotation_models import AnnotationHoldout, AnnotationItem
from gateway.prediction_log.annotations import context_of, words_of
from gateway.prediction_log.models import HeadAnswer, Prediction, PredictionText
from gateway.prediction_log.queries.locks import lock_annotation
from gateway.prediction_log.sealing import Keys
from gateway.prediction_log.training_rows import text_key
from gateway.prediction_log.values import Reader
from trunkline.ulid import new_id

_PREDICTION, _TEXT, _HEAD = Prediction.__table__, PredictionText.__table__, HeadAnswer.__table__
_LEVELS = ("redacted", "full")


@dataclass(frozen=True)
class Sealing:
    """The keys that words are sealed with, and for how many days a tenant's are kept."""

    keys: Keys
    days_of: Callable[[str], int]


def add(connection: Connection, texts: Iterable[NewText], how: Sealing) -> Added:
    """Put texts into the queue, but for those of hold-outs and those that are in it."""
    lock_annotation(connection)
    counts = Added()
    for new in texts:
        if not new.text.strip():
            counts = replace(counts, without_words=counts.without_words + 1)
        elif is_held_out(connection, new.text):
            counts = replace(counts, held_out=counts.held_out + 1)
        elif put(connection, new, how) is None:
            counts = replace(counts, known=counts.known + 1)
        else:
            counts = replace(counts, added=counts.added + 1)
    return counts


def put(connection: Connection, new: NewText, how: Sealing) -> str | None:
    """Store one text; return its id, None where the tenant has the same text in the queue."""
    key = tenant_keys.current_key(connection, new.tenant, how.keys)
    digest = sealing.digest(key.key, new.tenant, text_key(new.text))
    if known_id(connection, new.tenant, digest) is not None:
        return None
    now, item_id = datetime.now(UTC), new_id()
    row = {
        "id": item_id,
        "at": now,
        "tenant": new.tenant,
        "source": new.source,
        "prediction_id": new.prediction_id,
        "subject_ref": new.subject_ref,
        "heads": {head: list(labels) for head, labels in new.heads.items()},
        "score": new.score,
        "annotators": new.annotators,
        "state": "open",
        "digest": digest,
        "key_id": key.id,
        "ciphertext": sealing.seal(
            key.key, new.text.encode("utf-8", "replace"), context_of(item_id)
        ),
        "expires_at": new.expires_at or now + timedelta(days=how.days_of(new.tenant)),
    }
    connection.execute(insert(AnnotationItem), [row])
    return item_id


def find(connection: Connection, tenant: str, text: str, keys: Keys) -> str | None:
    """Return the id of a tenant's text in the queue, None where it is not in it."""
    key = tenant_keys.current_key(connection, tenant, keys)
    return known_id(connection, tenant, sealing.digest(key.key, tenant, text_key(text)))


def known_id(connection: Connection, tenant: str, digest: bytes) -> str | None:
    """Return the id of the text with this digest."""
    item = queries.ITEM
    query = select(item.c.id).where(item.c.tenant == tenant, item.c.digest == digest).limit(1)
    return connection.execute(query).scalar_one_or_none()


def hold_out(connection: Connection, texts: Iterable[str], keys: Keys) -> tuple[int, int]:
    """Keep these texts out of the queue, also those that are in it; return how many of each."""
    lock_annotation(connection)
    held = {text_key(text) for text in texts}
    known = set(connection.execute(select(queries.HOLDOUT.c.key)).scalars())
    new = [{"key": key, "at": datetime.now(UTC)} for key in sorted(held - known)]
    if new:
        connection.execute(insert(AnnotationHoldout), new)
    taken_out = 0
    for row in queries.items(connection, Reader(None), queries.ITEM.c.state != HELD_OUT):
        words = words_of(connection, row, keys)
        if words is not None and text_key(words) in held:
            queries.set_state(connection, row.id, HELD_OUT)
            taken_out += 1
    return len(new), taken_out


def is_held_out(connection: Connection, text: str) -> bool:
    """Whether a text judges heads."""
    held = queries.HOLDOUT
    query = select(held.c.key).where(held.c.key == text_key(text))
    return connection.execute(query).first() is not None


def recorded(
    connection: Connection, heads: Heads, keys: Keys, *, since: datetime, annotators: int
) -> Iterable[NewText]:
    """Yield recorded answers whose words are kept, each with the least margin of these heads."""
    query = (
        select(
            _PREDICTION.c.id, _PREDICTION.c.tenant, _PREDICTION.c.subject_ref,
            _TEXT.c.key_id, _TEXT.c.ciphertext, _TEXT.c.expires_at,
        )
        .join(
            _TEXT, (_TEXT.c.at == _PREDICTION.c.at) & (_TEXT.c.prediction_id == _PREDICTION.c.id)
        )
        .where(_PREDICTION.c.at >= since, _TEXT.c.at >= since, _TEXT.c.level.in_(_LEVELS))
        .order_by(_PREDICTION.c.id)
    )  # fmt: skip
    margins = _margins(connection, heads, since)
    for row in connection.execute(query).all():
        text = _recorded_text(connection, row, keys)
        yield NewText(
            text, heads, "log", row.tenant, row.subject_ref, row.id, margins.get(row.id),
            annotators, row.expires_at,
        )  # fmt: skip


def _recorded_text(connection: Connection, row: Any, keys: Keys) -> str:
    content = tenant_keys.opened(connection, row.key_id, row.ciphertext, keys, f"{row.id}/text")
    return "" if content is None else content.decode("utf-8", "replace")


def _margins(connection: Connection, heads: Heads, since: datetime) -> Mapping[str, float]:
    """Return by prediction the least margin that one of these heads answered with."""
    query = select(_HEAD.c.prediction_id, _HEAD.c.margin).where(
        _HEAD.c.at >= since, _HEAD.c.head.in_(list(heads)), _HEAD.c.role != "shadow",
        _HEAD.c.margin.is_not(None),
    )  # fmt: skip
    margins: dict[str, float] = {}
    for row in connection.execute(query):
        margins[row.prediction_id] = min(row.margin, margins.get(row.prediction_id, row.margin))
    return margins
