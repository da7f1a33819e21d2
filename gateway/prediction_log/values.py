"""What callers ask of the log and what they get, as values; nothing here knows a database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]
LabelsOf = Callable[[str], Sequence[str]]
"""Returns the labels of a head that is served now, none for an unknown one."""
API, PAGE, ANNOTATION = "api", "page", "annotation"
"""Where a judgement of an answer came from; PAGE is also who gave one without a key."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose rows may be seen: those of these tenants, of all where none are named."""

    key_id: str | None
    tenants: frozenset[str] = frozenset()

    def may_read(self, tenant: str) -> bool:
        """Return whether rows of this tenant exist for the reader."""
        return not self.tenants or tenant in self.tenants


@dataclass(frozen=True, slots=True)
class Filters:
    """Which predictions a page shows, all conditions together; the newest stand first.

    `after` is the id that the page before ended with. `tag` is a name and its value.
    """

    begin: datetime
    end: datetime
    head: str | None = None
    label: str | None = None
    abstained: bool | None = None
    corrected: bool | None = None
    tag: tuple[str, str] | None = None
    subject_ref: str | None = None
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody holds to be right: `label` in place of what `head` answered."""

    prediction_id: str
    head: str
    label: str
    by: str
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an erasure is about: an opaque reference, within its tenant."""

    tenant: str
    ref: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took out: rows by table."""

    id: str
    asked_at: datetime
    counts: Mapping[str, int]
