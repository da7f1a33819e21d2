"""Reads labelled texts from JSON lines, tables or Parquet, with the place each row came from."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heads.training.data.spreadsheets import read_delimited, read_excel
from heads.training.errors import DataError

CONTEXT_COLUMN = "last_outbound"
"""Where a row holds the mail that its text answers, unless another column is named."""


@dataclass(frozen=True)
class Record:
    """One row and where it stands, so that every finding can name `file:line`."""

    path: Path
    line: int
    fields: Mapping[str, Any]

    @property
    def place(self) -> str:
        """Return `file:line`, as editors and CI logs understand it."""
        return f"{self.path}:{self.line}"


def read_records(paths: Sequence[Path]) -> list[Record]:
    """Read all rows of all files, in order. Folders stand for their `*.jsonl`.

    Raises DataError for a missing file, an unknown ending or an unreadable line.
    """
    return [record for file in expanded(paths) for record in _read(file)]


def expanded(paths: Sequence[Path]) -> list[Path]:
    """Return the files that paths stand for, a folder's in order. Raises DataError."""
    return [file for path in paths for file in _expand(path)]


def require_columns(records: Sequence[Record], columns: Mapping[str, str]) -> None:
    """Raise DataError where no row has a column, naming those that there are.

    `columns`: by name, the option that names another one.
    """
    files = ", ".join(dict.fromkeys(str(record.path) for record in records))
    if not records:
        raise DataError("the data holds no row below its header")
    there = dict.fromkeys(name for record in records for name in record.fields)
    if missing := [name for name in columns if name not in there]:
        options = " and ".join(columns[name] for name in missing)
        listed = ", ".join(map(repr, there))
        lacking = " and ".join(map(repr, missing))
        noun = "column" if len(missing) == 1 else "columns"
        raise DataError(f"{files}: no {noun} {lacking}; it has {listed}: name yours by {options}")


def _expand(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.glob("*.jsonl"))
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    return [path]


def _read(path: Path) -> Iterator[Record]:
    suffix = path.suffix.lower()
    if suffix in {".jsonl", ".ndjson"}:
        return _read_json_lines(path)
    if suffix in {".csv", ".tsv", ".txt"}:
        return (Record(path, line, cells) for line, cells in read_delimited(path))
    if suffix == ".xlsx":
        return (Record(path, line, cells) for line, cells in read_excel(path))
    if suffix == ".parquet":
        return _read_parquet(path)
    raise DataError(f"{path}: expected .jsonl, .csv, .tsv, .txt, .xlsx or .parquet")


def _read_json_lines(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                fields = json.loads(line)
            except ValueError as error:
                raise DataError(f"{path}:{number}: not JSON: {error}") from error
            if not isinstance(fields, dict):
                raise DataError(f"{path}:{number}: expected a JSON object")
            yield Record(path, number, fields)


def _read_parquet(path: Path) -> Iterator[Record]:
    import pandas as pd

    rows = pd.read_parquet(path).to_dict(orient="records")
    for number, fields in enumerate(rows, start=1):
        cells = {str(name): _plain(value) for name, value in fields.items()}
        yield Record(path, number, cells)


def _plain(value: Any) -> Any:
    """Return Parquet's cell as JSON would hold it: no numpy types, None for a missing one."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
