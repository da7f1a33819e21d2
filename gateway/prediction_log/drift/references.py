"""References of drift: what a head version answered at first, or in a window that was chosen."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.prediction_log.drift.measures import Hour
from gateway.prediction_log.life_models import DriftReference, HourlyFigure
from gateway.prediction_log.statistics.query import Window

LEAST_ROWS = 1000
LEAST_HOURS = 24
"""What a reference must hold: fewer rows or hours know too little of what chance does."""
_FIGURE, _REFERENCE = HourlyFigure.__table__, DriftReference.__table__
Chosen = Literal["first", "command"]


@dataclass(frozen=True, slots=True)
class HeadVersion:
    """A head's version, or a view of an encoder's by its fingerprint."""

    head: str
    version: str


Hours = Mapping[datetime, Hour]


class ThinReferenceError(Exception):
    """A window holds too little to compare others with."""


def hours_of(connection: Connection, window: Window) -> dict[HeadVersion, dict[datetime, Hour]]:
    """Return what every head version answered, by hour, from the stored figures."""
    columns = (_FIGURE.c.name, _FIGURE.c.version, _FIGURE.c.hour, _FIGURE.c.value)
    sums = (_FIGURE.c.rows, _FIGURE.c.total, _FIGURE.c.squares)
    query = select(*columns, *sums).where(
        _FIGURE.c.kind == "label", _FIGURE.c.hour >= window.start, _FIGURE.c.hour < window.end
    )
    cells: dict[tuple[HeadVersion, datetime], dict[str, list[float]]] = defaultdict(dict)
    for head, version, hour, label, *figures in connection.execute(query):
        labels = cells[HeadVersion(head, version), hour]
        before = labels.get(label, [0, 0.0, 0.0])
        labels[label] = [a + float(b) for a, b in zip(before, figures, strict=True)]
    hours: dict[HeadVersion, dict[datetime, Hour]] = defaultdict(dict)
    for (which, hour), labels in cells.items():
        hours[which][hour] = _hour(labels)
    return hours


def known(connection: Connection) -> dict[HeadVersion, Mapping[str, Any]]:
    """Return the figures of every reference."""
    return {
        HeadVersion(row.head, row.version): row.figures
        for row in connection.execute(select(_REFERENCE))
    }


def reference_hours(figures: Mapping[str, Any]) -> list[Hour]:
    """Return the hours of a head version's reference."""
    return [Hour(hour["labels"], hour["total"], hour["squares"]) for hour in figures["hours"]]


def first_hours(hours: Hours) -> dict[datetime, Hour] | None:
    """Return the first hours that make a reference, None where there are not enough yet."""
    chosen: dict[datetime, Hour] = {}
    for at in sorted(hours):
        chosen[at] = hours[at]
        if len(chosen) >= LEAST_HOURS and _rows(chosen) >= LEAST_ROWS:
            return chosen
    return None


def figures_of(hours: Hours, chosen: Chosen) -> dict[str, Any]:
    """Return what is stored of a reference; raise ThinReferenceError for too little."""
    if len(hours) < LEAST_HOURS or _rows(hours) < LEAST_ROWS:
        raise ThinReferenceError(
            f"{_rows(hours)} answers in {len(hours)} hours; "
            f"a reference needs {LEAST_ROWS} in {LEAST_HOURS}"
        )
    return {
        "chosen": chosen,
        "from": min(hours).isoformat(),
        "to": max(hours).isoformat(),
        "rows": _rows(hours),
        "hours": [
            {"labels": dict(hours[at].labels), "total": hours[at].total,
             "squares": hours[at].squares}
            for at in sorted(hours)
        ],
    }  # fmt: skip


def choose(connection: Connection, which: HeadVersion, window: Window, at: datetime) -> int:
    """Take a window's answers as a reference; return their number.

    Raises ThinReferenceError; hours that were not counted yet are not seen.
    """
    hours = hours_of(connection, window).get(which, {})
    figures = figures_of(hours, "command")
    store(connection, which, figures, at)
    return _rows(hours)


def store(
    connection: Connection, which: HeadVersion, figures: Mapping[str, Any], at: datetime
) -> None:
    """Store a reference, in the place of an older one; `figures` hold their `rows`."""
    row = {
        "head": which.head,
        "version": which.version,
        "at": at,
        "rows": figures["rows"],
        "figures": dict(figures),
    }
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    given = insert(DriftReference).values(**row)
    connection.execute(
        given.on_conflict_do_update(
            index_elements=["head", "version"],
            set_={name: row[name] for name in ("at", "rows", "figures")},
        )
    )


def _hour(labels: Mapping[str, Sequence[float]]) -> Hour:
    return Hour(
        {label: int(sums[0]) for label, sums in labels.items()},
        sum(sums[1] for sums in labels.values()),
        sum(sums[2] for sums in labels.values()),
    )


def _rows(hours: Hours) -> int:
    return sum(hour.rows for hour in hours.values())
