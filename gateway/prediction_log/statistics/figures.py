"""Figures of a window by kind, name, version, role and value: the values statistics are made of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

Key = tuple[str, str, str, str, str]
"""Kind, name, version, role and value of a figure."""


@dataclass(slots=True)
class Sum:
    """Rows, and the sum and sum of squares of what they measure."""

    rows: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, rows: int, total: float, squares: float) -> None:
        """Add others'."""
        self.rows += rows
        self.total += total
        self.squares += squares


@dataclass(slots=True)
class Figures:
    """The sums of some hours, of all tenants that were asked for."""

    sums: defaultdict[Key, Sum] = field(default_factory=lambda: defaultdict(Sum))

    def add(self, key: Key, rows: int, total: float, squares: float) -> None:
        """Add a figure."""
        self.sums[key].add(rows, total, squares)

    def merge(self, other: "Figures") -> None:
        """Add all of another's figures."""
        for key, each in other.sums.items():
            self.add(key, each.rows, each.total, each.squares)

    def of_kind(self, kind: str) -> Iterator[tuple[Key, Sum]]:
        """Return all figures of one kind."""
        return (item for item in self.sums.items() if item[0][0] == kind)

    def counts(self, kind: str, name: str = "") -> dict[str, int]:
        """Return the rows by value of one kind and name, over versions and roles."""
        counts: dict[str, int] = defaultdict(int)
        for (_, own, _, _, value), each in self.of_kind(kind):
            if own == name:
                counts[value] += each.rows
        return dict(counts)

    def names(self, kind: str) -> list[str]:
        """Return the names that figures of a kind have, sorted."""
        return sorted({name for (_, name, _, _, _), _ in self.of_kind(kind)})


@dataclass(frozen=True, slots=True)
class Judged:
    """Corrections of one head version with one verdict: how many, and how many were accepted."""

    head: str
    version: str
    right: bool
    acted: bool
    rows: int
    accepted: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was read of the log for one question.

    `by_group` holds the same figures apart, by the beginning of each hour or day that has any.
    `hours_from_rows` were counted for this question, because their stored figures were not current.
    """

    figures: Figures
    by_group: Mapping[datetime, Figures]
    judged: tuple[Judged, ...]
    hours_from_rows: int


def merged(parts: Iterable[Figures]) -> Figures:
    """Return the sum of figures."""
    whole = Figures()
    for part in parts:
        whole.merge(part)
    return whole
