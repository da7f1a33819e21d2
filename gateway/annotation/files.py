"""Reads files of texts to label, and of the order that they should be labelled in."""

import csv
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.annotation.values import Heads, NewText

Fields = Mapping[str, Any]
MOST_TEXT_CHARS = 200_000
_BEFORE_SCORES = -1_000_000  # what was chosen comes before what has a margin alone


class RowError(Exception):
    """A row cannot be read; the text names file and line, never what stands there."""


def read_texts(path: Path, heads: Heads, tenant: str, annotators: int) -> Iterator[NewText]:
    """Yield the texts of a file of JSON lines or CSV with the column `text`.

    `tenant`, `subject_ref` and `score` may stand beside it. Raises RowError.
    """
    for place, fields in read_rows(path):
        text = fields.get("text")
        if not isinstance(text, str) or len(text) > MOST_TEXT_CHARS:
            raise RowError(f"{place}: no text, or one of more than {MOST_TEXT_CHARS} characters")
        yield NewText(
            text=text,
            heads=heads,
            tenant=_name(place, fields, "tenant") or tenant,
            subject_ref=_name(place, fields, "subject_ref") or None,
            score=_number(place, fields, "score"),
            annotators=annotators,
        )


def read_order(path: Path) -> Iterator[tuple[str | None, str | None, float]]:
    """Yield id or text, and score, of each row: `score`, or the `rank` that `heads select` wrote.

    The first to be labelled has the smallest; those with a rank come before all with a score.
    Raises RowError.
    """
    for place, fields in read_rows(path):
        selection = fields.get("selection")
        nested = selection if isinstance(selection, dict) else {}
        score = _number(place, {**nested, **fields}, "score")
        rank = _number(place, {**nested, **fields}, "rank")
        number = score if score is not None or rank is None else _BEFORE_SCORES + rank
        item_id, text = fields.get("id"), fields.get("text")
        if number is None or not (isinstance(item_id, str) or isinstance(text, str)):
            raise RowError(f"{place}: needs id or text, and score or rank")
        yield (
            item_id if isinstance(item_id, str) else None,
            text if isinstance(text, str) else None,
            number,
        )


def read_rows(path: Path) -> Iterator[tuple[str, Fields]]:
    """Yield place and fields of each row of JSON lines or, by its ending, of a CSV."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            if path.suffix.lower() == ".csv":
                for row in (reader := csv.DictReader(lines)):
                    yield f"{path.name}:{reader.line_num}", row
                return
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield f"{path.name}:{number}", _object(f"{path.name}:{number}", line)
    except (UnicodeDecodeError, csv.Error):
        raise RowError(f"{path.name}: not UTF-8, or no CSV") from None


def _object(place: str, line: str) -> Fields:
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise RowError(f"{place}: not a JSON object")
    return fields


def _name(place: str, fields: Fields, column: str) -> str:
    value = fields.get(column) or ""
    if not isinstance(value, str) or len(value) > 128 or not value.isprintable():
        raise RowError(f"{place}: {column} must be up to 128 printable characters")
    return value


def _number(place: str, fields: Fields, column: str) -> float | None:
    value = fields.get(column)
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise RowError(f"{place}: {column} must be a number")
    return number
