"""Keeps the catalog's append-only record of changed roles: author, time, before, after, reason."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from heads.storage.catalog import Journal

KEY = "audit.jsonl"


@dataclass(frozen=True)
class AuditEntry:
    """One change. It is written before the change, so none can happen unrecorded.

    `generation` is the aliases' generation it leads to; `before` and `after` say who has which
    role. A change that somebody else forestalled, or that the catalog failed to write, is followed
    by a line with the same `id` and another `outcome`.
    """

    head: str
    action: str
    by: str
    why: str
    generation: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    gate: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = "done"
    at: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


def record(journal: Journal, entry: AuditEntry, now: datetime.datetime) -> None:
    """Append the entry, on disk when this returns. Raises CatalogError."""
    fields = {**asdict(entry), "at": now.isoformat(timespec="milliseconds")}
    journal.append(KEY, json.dumps(fields, ensure_ascii=False).encode())


def entries(journal: Journal, head: str | None = None) -> Iterator[AuditEntry]:
    """Return every change (of one head) with its outcome, oldest first.

    A line that a crash cut off is left out: its change had not begun.
    """
    by_id: dict[str, AuditEntry] = {}
    for line in journal.lines(KEY):
        try:
            entry = AuditEntry(**json.loads(line))
        except (ValueError, TypeError):
            continue
        first = by_id.setdefault(entry.id, entry)
        by_id[entry.id] = replace(first, outcome=entry.outcome)
    return (entry for entry in by_id.values() if head in (None, entry.head))
