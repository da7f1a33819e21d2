"""The catalog's append-only record: who changed which head's roles, when, from, to and why."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from heads.catalogs import Journal

KEY = "audit.jsonl"


@dataclass(frozen=True)
class Entry:
    """One change. It is written before the change, so none can happen unrecorded.

    `generation` is the aliases' generation it leads to; `before` and `after` say who has which
    role. A change that somebody else forestalled is followed by an entry with its `outcome`.
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


def record(journal: Journal, entry: Entry, now: datetime.datetime) -> None:
    """Append the entry, on disk when this returns. Raises CatalogError."""
    said = {**asdict(entry), "at": now.isoformat(timespec="milliseconds")}
    journal.append(KEY, json.dumps(said, ensure_ascii=False).encode())


def entries(journal: Journal, head: str | None = None) -> Iterator[Entry]:
    """Every entry (of one head), oldest first; a line that a crash cut off is left out."""
    for line in journal.lines(KEY):
        try:
            found = Entry(**json.loads(line))
        except (ValueError, TypeError):
            continue
        if head in (None, found.head):
            yield found
