"""Reads rows of Parquet, JSON lines and CSV in order, after a look at their columns."""

import codecs
import csv
import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from gateway.offline.bulk.errors import BulkError
from gateway.offline.bulk.objects import InputFile, input_files
from gateway.offline.bulk.rows import CONTENT, FIELDS, BrokenRow, Fields

_LOOKED_AT = 1000  # JSON lines whose keys are a file's columns
_LONGEST_LINE = 48 << 20
_ARROW_ROWS = 256
_TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)
_BINARY = (*_TEXTS, pa.types.is_binary, pa.types.is_large_binary)
_DATES = (*_TEXTS, pa.types.is_timestamp, pa.types.is_date, pa.types.is_integer,
          pa.types.is_floating)  # fmt: skip
_TYPES = {
    "raw": _BINARY,
    "date": _DATES,
    "headers": (*_TEXTS, pa.types.is_map, pa.types.is_struct),
    "own_domains": (*_TEXTS, pa.types.is_list, pa.types.is_large_list),
}

csv.field_size_limit(_LONGEST_LINE)


@dataclass(frozen=True)
class Source:
    """The input's files; make it by `open_source`, which has looked at their columns."""

    files: tuple[InputFile, ...]

    def rows(self) -> Iterator[Fields | BrokenRow]:
        """Yield every row of every file, in order. Raises BulkError for a damaged file."""
        for file in self.files:
            with file.open() as content:
                try:
                    yield from _READERS[file.kind](content)
                except (OSError, pa.ArrowException) as error:
                    kind = type(error).__name__
                    raise BulkError(f"{file.address}: cannot be read to its end ({kind})") from None

    def estimated_rows(self) -> int:
        """Return how many rows there are: exactly in Parquet, else by those at a file's start."""
        return sum(map(_estimated_rows, self.files))


def open_source(address: str, id_column: str | None = None) -> Source:
    """Find the files at an address and look at every file's columns.

    Raises BulkError where a file has no column of `text`, `html` and `raw`, one of a type that
    cannot be read, or lacks the `id_column`.
    """
    files = input_files(address)
    for file in files:
        with file.open() as content:
            _check(file, content, id_column)
    return Source(tuple(files))


def _check(file: InputFile, content: BinaryIO, id_column: str | None) -> None:
    try:
        columns = _COLUMNS[file.kind](content)
    except (OSError, pa.ArrowException, csv.Error, UnicodeDecodeError):
        raise BulkError(f"{file.address}: is no {file.kind} file") from None
    if not any(name in columns for name in CONTENT):
        raise BulkError(f"{file.address}: needs a column text, html or raw")
    if id_column is not None and id_column not in columns:
        raise BulkError(f"{file.address}: has no column {id_column}")
    for name in FIELDS:
        kind = columns.get(name)
        if kind is not None and not any(fits(kind) for fits in _TYPES.get(name, _TEXTS)):
            raise BulkError(f"{file.address}: column {name} cannot be read as {kind}")


def _parquet_columns(content: BinaryIO) -> dict[str, Any]:
    schema = pq.ParquetFile(content).schema_arrow
    types = {field.name: field.type for field in schema}
    return {n: t.value_type if pa.types.is_dictionary(t) else t for n, t in types.items()}


def _jsonl_columns(content: BinaryIO) -> dict[str, Any]:
    rows = itertools.islice(_jsonl_rows(content), _LOOKED_AT)
    return {name: None for row in rows if not isinstance(row, BrokenRow) for name in row}


def _csv_columns(content: BinaryIO) -> dict[str, Any]:
    return dict.fromkeys(next(csv.reader(_text(content)), []))


def _parquet_rows(content: BinaryIO) -> Iterator[Fields | BrokenRow]:
    file = pq.ParquetFile(content)
    for batch in file.iter_batches(batch_size=_ARROW_ROWS):
        yield from arrow_rows(batch)


def arrow_rows(batch: pa.RecordBatch | pa.Table) -> Sequence[Fields]:
    """Return the rows of an Arrow batch; what is no UTF-8 in it becomes half a character."""
    try:
        rows: list[Fields] = batch.to_pylist()
    except UnicodeDecodeError:
        rows = [_lenient(batch.slice(index, 1)) for index in range(batch.num_rows)]
    return rows


def _lenient(row: pa.RecordBatch | pa.Table) -> Fields:
    fields = {}
    for name, column in zip(row.schema.names, row.columns, strict=True):
        try:
            fields[name] = column.to_pylist()[0]
        except UnicodeDecodeError:
            fields[name] = "\udcff"  # refused by the API's models, as bytes that are not UTF-8 are
    return fields


def _jsonl_rows(content: BinaryIO) -> Iterator[Fields | BrokenRow]:
    while line := content.readline(_LONGEST_LINE):
        too_long = len(line) == _LONGEST_LINE and not line.endswith(b"\n")
        while too_long and (rest := content.readline(_LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass
        if too_long:
            yield _broken("The line is too long.", line)
        elif line.strip():
            yield _json_row(line)


def _json_row(line: bytes) -> Fields | BrokenRow:
    try:
        row = json.loads(line.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return _broken("The line is not valid JSON.", line)
    return row if isinstance(row, dict) else _broken("The line is not a JSON object.", line)


def _csv_rows(content: BinaryIO) -> Iterator[Fields | BrokenRow]:
    reader = csv.reader(_text(content))
    columns = next(reader, [])
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield _broken("The row is not valid CSV.", b"")
            continue
        if cells:
            yield _csv_row(columns, cells)


def _csv_row(columns: Sequence[str], cells: Sequence[str]) -> Fields | BrokenRow:
    """Return a row's cells by column; an empty one is left out, but for the only content's."""
    if len(cells) != len(columns):
        return _broken("The row has another number of cells than the header.", repr(cells).encode())
    row = {name: cell for name, cell in zip(columns, cells, strict=True) if cell}
    if "text" in columns and not any(name in row for name in CONTENT):
        row["text"] = ""
    return row


def _text(content: BinaryIO) -> Iterator[str]:
    """Yield lines, their ends as they are: a quoted cell may hold some."""
    return codecs.iterdecode(content, "utf-8-sig", "surrogateescape")


def _broken(reason: str, content: bytes) -> BrokenRow:
    return BrokenRow(reason, hashlib.blake2b(content, digest_size=16).digest(), len(content))


def _estimated_rows(file: InputFile) -> int:
    with file.open() as content:
        if file.kind == "parquet":
            return int(pq.ParquetFile(content).metadata.num_rows)
        head = content.read(1 << 20)
    lines = max(1, head.count(b"\n"))
    return lines if len(head) == file.size else round(file.size / len(head) * lines)


_COLUMNS = {"parquet": _parquet_columns, "jsonl": _jsonl_columns, "csv": _csv_columns}
_READERS = {"parquet": _parquet_rows, "jsonl": _jsonl_rows, "csv": _csv_rows}
