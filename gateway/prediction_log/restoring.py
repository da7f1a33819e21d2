"""Erases again, in a database that was restored, whom somebody erased after its dump was made."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from gateway.prediction_log.annotation_models import AnnotationItem
from gateway.prediction_log.life_models import Erasure
from gateway.prediction_log.models import Prediction
from gateway.prediction_log.queries import audit, erasure
from gateway.prediction_log.queries.locks import lock_for_erasing
from gateway.prediction_log.sealing import subject_digest
from gateway.prediction_log.statistics.rollup import mark_stale
from gateway.prediction_log.values import Subject

_ERASURE = Erasure.__table__
_PREDICTION = Prediction.__table__
_ITEM = AnnotationItem.__table__


@dataclass(frozen=True)
class PastErasure:
    """An erasure as the database kept it: of whom it was, a digest says."""

    id: str
    tenant: str
    digest: bytes
    asked_at: datetime

    def line(self) -> str:
        """Return it as one line of JSON, without content."""
        members = {
            "id": self.id, "tenant": self.tenant, "subject_digest": self.digest.hex(),
            "asked_at": self.asked_at.astimezone(UTC).isoformat(),
        }  # fmt: skip
        return json.dumps(members)

    @classmethod
    def of(cls, line: str) -> "PastErasure":
        """Read such a line; raise ValueError for any other."""
        try:
            found = json.loads(line)
            asked_at = datetime.fromisoformat(found["asked_at"])
            digest = bytes.fromhex(found["subject_digest"])
            past = cls(str(found["id"]), str(found["tenant"]), digest, asked_at)
        except (KeyError, TypeError, ValueError):
            raise ValueError("is no erasure") from None
        if past.asked_at.tzinfo is None:
            raise ValueError("its time has no zone")
        return past


def past_erasures(connection: Connection) -> Iterator[PastErasure]:
    """Yield every erasure that is recorded, oldest first."""
    query = select(_ERASURE).order_by(_ERASURE.c.asked_at, _ERASURE.c.id)
    for row in connection.execute(query):
        yield PastErasure(row.id, row.tenant, bytes(row.subject_digest), row.asked_at)


def erase_again(connection: Connection, past: Iterable[PastErasure], actor: str) -> tuple[int, int]:
    """Do erasures that the database does not know; return how many, and the predictions that went.

    Rows from after an erasure stay, and what still waits in a spool from before it is left out.
    """
    lock_for_erasing(connection)
    known = set(connection.execute(select(_ERASURE.c.id)).scalars())
    missing = [one for one in past if one.id not in known]
    refs = _refs(connection, {one.digest for one in missing}) if missing else {}
    rows = sum(_erase(connection, one, refs.get(one.digest, ()), actor) for one in missing)
    return len(missing), rows


def _refs(connection: Connection, digests: set[bytes]) -> Mapping[bytes, Sequence[tuple[str, str]]]:
    """Return tenant and reference of the subjects with these digests, as far as rows name them."""
    found: dict[bytes, set[tuple[str, str]]] = {}
    for table in (_PREDICTION, _ITEM):
        columns = table.c.tenant, table.c.subject_ref
        query = select(*columns).where(table.c.subject_ref.is_not(None)).distinct()
        with connection.execute(query.execution_options(yield_per=1000)) as rows:
            for tenant, ref in rows:
                digest = subject_digest(tenant, ref)
                if digest in digests:
                    found.setdefault(digest, set()).add((tenant, ref))
    return {digest: sorted(subjects) for digest, subjects in found.items()}


def _erase(
    connection: Connection, past: PastErasure, subjects: Sequence[tuple[str, str]], actor: str
) -> int:
    rows, counts = [], Counter[str]()
    for tenant, ref in subjects:
        found = erasure.rows_of_subject(connection, tenant, ref)
        before = [row for row in found if row.at <= past.asked_at]
        # Texts to label of a subject go whole: they name no time that is older than the words.
        ids = [row.id for row in before]
        counts.update(erasure.delete_subject(connection, Subject(tenant, ref), ids))
        rows += before
    erasure.record_erasure(
        connection,
        {
            "id": past.id,
            "tenant": past.tenant,
            "subject_digest": past.digest,
            "asked_at": past.asked_at,
            "done_at": datetime.now(UTC),
            "state": "done",
            "counts": dict(counts),
        },
    )
    audit.append(connection, audit.Act("erase_again", actor, past.tenant, past.digest, counts))
    mark_stale(connection, [row.at for row in rows])
    return len(rows)
