"""Reads tables as spreadsheets save them: text with any usual separator and encoding, or .xlsx."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from heads.training.errors import DataError

Row = tuple[int, dict[str, Any]]
"""The line where a row ends, and its cells by column."""

_SEPARATORS = ",;\t|"
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_MOST_CELL_CHARACTERS = 1 << 24


def read_delimited(path: Path) -> Iterator[Row]:
    """Yield the rows of a text table; the separator is the one that parts the header most often.

    Raises DataError for a table without a header, a quote that is never closed and a row of more
    cells than the header has.
    """
    text = _text(path.read_bytes(), path)
    header = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=lambda mark: len(next(csv.reader([header], delimiter=mark))))
    csv.field_size_limit(_MOST_CELL_CHARACTERS)
    _refuse_open_quote(text, separator, path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    columns = [name.strip() for name in next(reader, [])]
    if not any(columns):
        raise DataError(f"{path}: the file is empty; its first line must name the columns")
    for cells in reader:
        if not any(cells):
            continue
        if any(cells[len(columns) :]):
            raise DataError(
                f"{path}:{reader.line_num}: {len(cells)} cells under {len(columns)} columns; put "
                f"texts that hold {separator!r} in double quotes"
            )
        yield reader.line_num, dict(zip(columns, cells, strict=False))


def read_excel(path: Path) -> Iterator[Row]:
    """Yield the rows of the first sheet; empty cells are None. Raises DataError."""
    import pandas as pd

    try:
        table = pd.read_excel(path, dtype=object)
    except ImportError as error:
        raise DataError(
            f"{path}: reading .xlsx needs the package openpyxl; install it, or save as CSV UTF-8"
        ) from error
    except (ValueError, OSError, KeyError) as error:
        raise DataError(f"{path}: not a readable .xlsx: {error}") from error
    columns = [str(name).strip() for name in table.columns]
    for number, row in enumerate(table.itertuples(index=False), start=2):
        cells = [None if pd.isna(cell) else cell for cell in row]
        yield number, {n: _plain(cell) for n, cell in zip(columns, cells, strict=True)}


def _plain(cell: Any) -> Any:
    """Return a number of a sheet as it is shown there: 3, not 3.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell if cell is None or isinstance(cell, str | bool) else str(cell)


def _text(content: bytes, path: Path) -> str:
    """Decode by byte order mark, as UTF-8, as UTF-16 by its zeros, else as Western European."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    if encoding is None and b"\0" in content[:2000]:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        return content.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding is not None:
            raise DataError(f"{path}: looks like {encoding}, yet is not: {error.reason}") from error
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        place = f"byte {error.start} is 0x{content[error.start]:02x}"
        raise DataError(
            f"{path}: neither UTF-8, UTF-16 nor Western European ({place}); save it as CSV UTF-8"
        ) from error


def _refuse_open_quote(text: str, separator: str, path: Path) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for _ in reader:
            pass
    except csv.Error as error:
        # Strict reading minds more than this; what else it minds is read as it always was.
        if "unexpected end" in str(error):
            last = reader.line_num
            raise DataError(f"{path}:{last}: a double quote is opened and never closed") from error
