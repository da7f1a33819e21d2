"""Writes labelled rows as annotation tools read them, and reads what these tools write.

A row is a JSON object with its text and label under two columns. Every other field goes along at
its place, so that a row which went through a tool and was not labelled anew is the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from heads.training.errors import DataError

Format = Literal["jsonl", "label-studio", "doccano", "prodigy", "csv"]
FORMATS: tuple[Format, ...] = ("jsonl", "label-studio", "doccano", "prodigy", "csv")
Row = Mapping[str, Any]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_PRODIGYS_OWN = ("options", "answer")


@dataclass(frozen=True)
class Columns:
    """Under which names rows have their text and their label; `several`: a list of labels."""

    text: str = "text"
    label: str = "label"
    several: bool = False


def write_rows(rows: Sequence[Row], kind: Format, columns: Columns) -> str:
    """Return the rows as a file of this format. Raises DataError for a row that cannot be one."""
    for number, row in enumerate(rows, start=1):
        _check(row, columns, number)
    return _WRITERS[kind](rows, columns)


def read_rows(content: str, kind: Format, columns: Columns) -> list[dict[str, Any]]:
    """Read the rows of a file of this format; labels come as text, None for no label.

    Raises DataError naming the place of what is none.
    """
    try:
        return _READERS[kind](content, columns)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, csv.Error) as error:
        raise DataError(f"not as {kind} writes it: {type(error).__name__} {error}") from None


def _check(row: Row, columns: Columns, number: int) -> None:
    if not isinstance(row.get(columns.text), str):
        raise DataError(f"row {number}: no text in {columns.text!r}")
    label = row.get(columns.label)
    names = label if isinstance(label, list) else [] if label is None else [label]
    if not all(isinstance(name, str) for name in names):
        raise DataError(f"row {number}: the label in {columns.label!r} is no text")
    if isinstance(label, list) != columns.several and label is not None:
        raise DataError(f"row {number}: --several is for lists of labels, and for these alone")


def _labels(row: Row, columns: Columns) -> list[str]:
    label = row.get(columns.label)
    return label if isinstance(label, list) else [] if label is None else [label]


def _label(names: Sequence[str], columns: Columns) -> list[str] | str | None:
    if columns.several:
        return list(names)
    if len(names) > 1:
        raise ValueError("several labels; say --several")
    return names[0] if names else None


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _lines(content: str) -> Iterable[dict[str, Any]]:
    return (json.loads(line) for line in content.split("\n") if line.strip())


def _renamed(row: Row, names: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with some columns under other names, each at its place, and these values."""
    if taken := {new for old, new in names.items() if new in row and new not in names}:
        raise DataError(f"the tool has a field {', '.join(sorted(taken))} of its own, the rows too")
    renamed = {names.get(name, name): values.get(name, value) for name, value in row.items()}
    missing = {names[name]: value for name, value in values.items() if name not in row}
    return {**renamed, **missing}


def _to_jsonl(rows: Sequence[Row], columns: Columns) -> str:
    return "".join(map(_line, rows))


def _from_jsonl(content: str, columns: Columns) -> list[dict[str, Any]]:
    return list(_lines(content))


def _to_doccano(rows: Sequence[Row], columns: Columns) -> str:
    names = {columns.text: "text", columns.label: "label"}
    return "".join(
        _line(_renamed(row, names, {columns.label: _labels(row, columns)})) for row in rows
    )


def _from_doccano(content: str, columns: Columns) -> list[dict[str, Any]]:
    names = {"text": columns.text, "label": columns.label}
    return [
        _renamed(row, names, {"label": _label(_own_labels(row["label"]), columns)})
        for row in _lines(content)
    ]


def _own_labels(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(name) for name in value or ()]


def _to_prodigy(rows: Sequence[Row], columns: Columns) -> str:
    every = sorted({label for row in rows for label in _labels(row, columns)})
    options = [{"id": label, "text": label} for label in every]
    names = {columns.text: "text", columns.label: "accept"}
    tasks = []
    for row in rows:
        labels = _labels(row, columns)
        own = {"options": options, "answer": "accept" if labels else "ignore"}
        tasks.append({**_renamed(row, names, {columns.label: labels}), **own})
    return "".join(map(_line, tasks))


def _from_prodigy(content: str, columns: Columns) -> list[dict[str, Any]]:
    """Read choices (`accept`) and single questions (`label`, `answer`); a refusal is no label."""
    rows = []
    for task in _lines(content):
        given = "accept" if "accept" in task else "label"
        answered = task.get("answer", "accept") == "accept"
        labels = _own_labels(task[given]) if answered else []
        fields = {
            name: value
            for name, value in task.items()
            if name not in _PRODIGYS_OWN and not name.startswith("_")
        }
        names = {"text": columns.text, given: columns.label}
        rows.append(_renamed(fields, names, {given: _label(labels, columns)}))
    return rows


def _to_label_studio(rows: Sequence[Row], columns: Columns) -> str:
    tasks = [
        {"id": number, "data": dict(row), "annotations": _annotations(row, columns)}
        for number, row in enumerate(rows, start=1)
    ]
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def _annotations(row: Row, columns: Columns) -> list[dict[str, Any]]:
    labels = _labels(row, columns)
    if not labels:
        return []
    choice = {"from_name": "label", "to_name": "text", "type": "choices"}
    return [{"result": [{**choice, "value": {"choices": labels}}]}]


def _from_label_studio(content: str, columns: Columns) -> list[dict[str, Any]]:
    """Read the last annotation that was not cancelled, and who made it when, if it says so."""
    tasks = json.loads(content)
    if not isinstance(tasks, list):
        raise ValueError("no list of tasks")
    rows = []
    for task in tasks:
        row = dict(task["data"])
        done = [a for a in task.get("annotations", ()) if not a.get("was_cancelled")]
        results = [r for r in (done[-1]["result"] if done else ()) if r["type"] == "choices"]
        names = [str(name) for result in results for name in result["value"]["choices"]]
        if results or columns.label in row:
            row[columns.label] = _label(names, columns)
        if done and done[-1].get("created_at"):
            row["labelled_at"] = done[-1]["created_at"]
        if done and done[-1].get("completed_by") is not None:
            row["annotator"] = _person(done[-1]["completed_by"])
        rows.append(row)
    return rows


def _person(value: Any) -> str:
    return str(value.get("email") or value["id"]) if isinstance(value, dict) else str(value)


def _to_csv(rows: Sequence[Row], columns: Columns) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row[name]) if name in row else "" for name in names] for row in rows)
    return buffer.getvalue()


def _from_csv(content: str, columns: Columns) -> list[dict[str, Any]]:
    reader = csv.reader(io.StringIO(content, newline=""))
    names = next(reader)
    return [
        {name: _value(cell) for name, cell in zip(names, cells, strict=True) if cell}
        for cells in reader
    ]


def _cell(value: Any) -> str:
    """Return a value as a cell that no spreadsheet computes; what is no plain text as JSON."""
    if not isinstance(value, str):
        return _harmless(json.dumps(value, ensure_ascii=False))
    # A lone carriage return is written without quotes, and read as a line's end.
    plain = value and "\r" not in value and not _is_json(value)
    return _harmless(value if plain else json.dumps(value, ensure_ascii=False))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _value(cell: str) -> Any:
    marked = len(cell) > 1 and cell[0] == "'" and cell[1] in _FORMULA
    text = cell[1:] if marked else cell
    return json.loads(text) if _is_json(text) else text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


_WRITERS: Mapping[Format, Callable[[Sequence[Row], Columns], str]] = {
    "jsonl": _to_jsonl,
    "label-studio": _to_label_studio,
    "doccano": _to_doccano,
    "prodigy": _to_prodigy,
    "csv": _to_csv,
}
_READERS: Mapping[Format, Callable[[str, Columns], list[dict[str, Any]]]] = {
    "jsonl": _from_jsonl,
    "label-studio": _from_label_studio,
    "doccano": _from_doccano,
    "prodigy": _from_prodigy,
    "csv": _from_csv,
}
