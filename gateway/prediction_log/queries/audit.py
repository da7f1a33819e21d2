"""The audit: acts on the log as a chain of hashes, without content."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from gateway.prediction_log.life_models import AuditEntry
from gateway.prediction_log.queries.locks import lock_audit

GENESIS = bytes(32)
"""What the first entry has as the hash before it."""
_TABLE = AuditEntry.__table__


class ChainBrokenError(Exception):
    """An entry is changed, missing or out of place; `seq` is the first of which that is so."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"the audit is broken at entry {seq}")
        self.seq = seq


@dataclass(frozen=True)
class Chain:
    """A chain that holds: how many entries, and the last one's hash.

    Only a copy of that hash kept elsewhere shows that entries were cut off at the end.
    """

    entries: int
    last_hash: bytes


@dataclass(frozen=True)
class Act:
    """Something done to the log: by which key or command, to whom, and numbers about it."""

    name: str
    actor: str
    tenant: str = ""
    subject_digest: bytes | None = None
    detail: Mapping[str, str | int] | None = None


def append(connection: Connection, act: Act) -> None:
    """Append an act; others who append wait until the transaction ends."""
    lock_audit(connection)
    last = connection.execute(select(_TABLE).order_by(_TABLE.c.seq.desc()).limit(1)).one_or_none()
    row = {
        "seq": 1 if last is None else last.seq + 1,
        "at": datetime.now(UTC),
        "tenant": act.tenant,
        "actor": act.actor,
        "act": act.name,
        "subject_digest": act.subject_digest,
        "detail": dict(act.detail or {}),
        "previous_hash": GENESIS if last is None else bytes(last.hash),
    }
    connection.execute(insert(AuditEntry), [{**row, "hash": _hash(row)}])


def verify(connection: Connection) -> Chain:
    """Check every entry and its link to the one before; raise ChainBrokenError."""
    expected, previous, entries = 1, GENESIS, 0
    query = select(_TABLE).order_by(_TABLE.c.seq).execution_options(yield_per=1000)
    with connection.execute(query) as rows:
        for entry in rows:
            linked = entry.seq == expected and bytes(entry.previous_hash) == previous
            if not linked or bytes(entry.hash) != _hash(_fields(entry)):
                raise ChainBrokenError(expected)
            expected, previous, entries = expected + 1, bytes(entry.hash), entries + 1
    return Chain(entries, previous)


def has_hash(connection: Connection, hexadecimal: str) -> bool:
    """Whether an entry has this hash."""
    try:
        wanted = bytes.fromhex(hexadecimal)
    except ValueError:
        return False
    query = select(_TABLE.c.seq).where(_TABLE.c.hash == wanted)
    return connection.execute(query).first() is not None


def _fields(entry: Row[Any]) -> dict[str, Any]:
    return dict(entry._mapping)


def _hash(row: Mapping[str, Any]) -> bytes:
    subject = row["subject_digest"]
    fields = (
        bytes(row["previous_hash"]).hex(),
        row["seq"],
        row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        row["tenant"],
        row["actor"],
        row["act"],
        None if subject is None else bytes(subject).hex(),
        row["detail"],
    )
    content = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).digest()
