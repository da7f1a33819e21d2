"""Erases a subject and shows all that is held of one; both leave an entry in the audit."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from gateway.prediction_log import annotations, reading, sealing, tenant_keys
from gateway.prediction_log.purges import purge_of, split_digests
from gateway.prediction_log.queries import audit, erasure, predictions
from gateway.prediction_log.queries.locks import lock_for_erasing
from gateway.prediction_log.queries.predictions import Stored
from gateway.prediction_log.sealing import Keys, UnsealError
from gateway.prediction_log.statistics.rollup import mark_stale
from gateway.prediction_log.values import Erased, Json, Subject
from trunkline.ulid import new_id

_AT_ONCE = 500


def erase(connection: Connection, subject: Subject, actor: str, keys: Keys | None) -> Erased:
    """Delete every row of a subject, tell the caches, and record it without content.

    From its commit on nothing older of the subject is taken in from a spool. Caches forget by
    digest where the rows' cache keys can be read, else all that they have.
    """
    lock_for_erasing(connection)
    rows = erasure.rows_of_subject(connection, subject.tenant, subject.ref)
    digests = _digests(connection, rows, keys)
    asked_at = datetime.now(UTC)
    counts = erasure.delete_subject(connection, subject, [row.id for row in rows])
    erased = Erased(new_id(), asked_at, counts)
    digest = sealing.subject_digest(subject.tenant, subject.ref)
    erasure.record_erasure(
        connection,
        {
            "id": erased.id,
            "tenant": subject.tenant,
            "subject_digest": digest,
            "asked_at": asked_at,
            "done_at": datetime.now(UTC),
            "state": "done",
            "counts": dict(counts),
        },
    )
    # Also where nothing was found: what waits in a spool may be in the caches already.
    tell_caches(connection, digests if rows else [], keys)
    act = audit.Act("erase", actor, subject.tenant, digest, counts)
    audit.append(connection, act)
    mark_stale(connection, [row.at for row in rows])
    return erased


def held(connection: Connection, subject: Subject, actor: str, keys: Keys | None) -> Json:
    """Return everything that the database holds of a subject, words included."""
    rows = predictions.of_subject(connection, subject.tenant, subject.ref)
    shown: list[Json] = []
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        shapes = reading.shapes(connection, some)
        shown += [
            reading.with_content(connection, shape, row, keys)
            for shape, row in zip(shapes, some, strict=True)
        ]
    digest = sealing.subject_digest(subject.tenant, subject.ref)
    labelled = annotations.of_subject(connection, subject, [row.id for row in rows], keys)
    act = audit.Act("read_subject", actor, subject.tenant, digest, {"predictions": len(shown)})
    audit.append(connection, act)
    return {
        "subject_ref": subject.ref,
        "tenant": subject.tenant,
        "predictions": shown,
        "annotations": labelled,
    }


def tell_caches(
    connection: Connection, digests: Collection[bytes] | None, keys: Keys | None
) -> None:
    """Have every cache forget what has these digests, or all where they are not known (None).

    Also where there are none: every drainer then looks for the subject in its own files.
    """
    erasure.store_purge(connection, purge_of(digests, keys))


def _digests(
    connection: Connection, rows: Sequence[Stored], keys: Keys | None
) -> list[bytes] | None:
    """Return the cache keys of rows; None where those of one cannot be read."""
    opened: dict[str, bytes] = {}
    digests: list[bytes] = []
    for row in rows:
        if row.cache_keys is None or keys is None:
            return None
        try:
            if row.cache_keys_key not in opened:
                key = tenant_keys.key_by_id(connection, row.cache_keys_key, keys)
                opened[row.cache_keys_key] = key
            content = sealing.unseal(
                opened[row.cache_keys_key], bytes(row.cache_keys), f"{row.id}/cache_keys"
            )
        except UnsealError:
            return None
        digests += split_digests(content)
    return digests
