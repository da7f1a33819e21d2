"""Turns a table of several labels a row into one yes/no question a label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from heads.training.data.tables import Record
from heads.training.errors import DataError

_MARKS = "|;"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def stripped(records: Sequence[Record], column: str) -> list[Record]:
    """Return the rows with the space around their label taken off."""
    return [
        replace(record, fields={**record.fields, column: record.fields[column].strip()})
        if isinstance(record.fields.get(column), str)
        else record
        for record in records
    ]


def several_labels(records: Sequence[Record], column: str) -> list[frozenset[str]] | None:
    """Return each row's labels; None for a table of one label a row.

    Several are a list, or words apart by `|` or `;` where these part cells into fewer labels than
    there are cells.
    """
    values = [record.fields.get(column) for record in records]
    if any(isinstance(value, list) for value in values):
        return [frozenset(map(str, _listed(value))) for value in values]
    cells = {value for value in values if isinstance(value, str)}
    for mark in _MARKS:
        labels = {label for cell in cells for label in _parts(cell, mark)}
        if any(mark in cell for cell in cells) and len(labels) < len(cells):
            return [frozenset(_parts(str(value or ""), mark)) for value in values]
    return None


def question(
    records: Sequence[Record], column: str, labels: Sequence[frozenset[str]], label: str
) -> list[Record]:
    """Return the rows with `yes` or `no` in the column: whether they have the label."""
    return [
        replace(record, fields={**record.fields, column: "yes" if label in its else "no"})
        for record, its in zip(records, labels, strict=True)
    ]


def names_of_questions(name: str, labels: Sequence[str]) -> dict[str, str]:
    """Return a head's name for each label: `name_label`. Raises DataError for one name twice."""
    names: dict[str, str] = {}
    for label in labels:
        made = f"{name}_{_NOT_IN_NAMES.sub('_', label.lower()).strip('_')}"
        if made in names.values():
            raise DataError(f"two labels would make a head {made}: rename {label!r} in the table")
        names[label] = made
    return names


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _parts(cell: str, mark: str) -> list[str]:
    return [part.strip() for part in cell.split(mark) if part.strip()]
