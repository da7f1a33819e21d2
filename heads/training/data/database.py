"""Reads training rows from PostgreSQL into a file, which is then learnt from like any other."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from heads.storage.atomic_files import replace_file
from heads.training.errors import DataError

_SCHEMES = ("postgresql://", "postgres://")
_SECRETS = {"password", "sslpassword"}
_ATTEMPTS = 5
_FIRST_WAIT_S = 0.5
_CONNECT_S = 10
_ROWS_AT_ONCE = 1000


def is_database(source: str) -> bool:
    """Whether a source of rows is an address of PostgreSQL, and no file."""
    return source.startswith(_SCHEMES)


def check_address(address: str) -> None:
    """Raise DataError for an address that holds a password: a bundle keeps the address."""
    parts = urlsplit(address)
    asked = parse_qs(parts.query, keep_blank_values=True)
    if parts.password is not None or _SECRETS & asked.keys():
        raise DataError(
            "--data: no password in the address, a bundle records it: give it by PGPASSWORD or "
            "~/.pgpass"
        )


def snapshot(
    address: str, query: str, folder: Path, *, sleep: Callable[[float], object] = time.sleep
) -> Path:
    """Write the rows of a query to a file of JSON lines in `folder`, and return it.

    One file a query, its lines sorted: the same rows give the same bytes. Read in one read-only
    transaction; a connection that fails or breaks is tried again from the start, five times, at
    growing intervals. Raises DataError then, for a query that the database refuses, and for no row.
    """
    check_address(address)
    name = hashlib.sha256(f"{address}\0{query}".encode()).hexdigest()[:16]
    lines = sorted(_retried(lambda: list(_lines(address, query)), address, sleep))
    if not lines:
        raise DataError(f"{_shown(address)}: the query gives no row")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"query-{name}.jsonl"
    replace_file(path, ("\n".join(lines) + "\n").encode())
    return path


def _retried(read: Callable[[], list[str]], address: str, sleep: Callable[[float], object]) -> Any:
    import psycopg

    for attempt in range(_ATTEMPTS):
        try:
            return read()
        except psycopg.OperationalError as error:
            if attempt == _ATTEMPTS - 1:
                message = f"{_shown(address)}: no answer in {_ATTEMPTS} attempts"
                raise DataError(message) from error
            sleep(_FIRST_WAIT_S * 2**attempt)
        except psycopg.Error as error:  # its message may quote a row
            reason = f"{type(error).__name__} {error.sqlstate or ''}".strip()
            raise DataError(f"{_shown(address)}: the query is refused: {reason}") from error
    raise AssertionError("unreachable")


def _lines(address: str, query: str) -> Iterator[str]:
    """Yield each row as JSON, read in parts: no server need hold them all for us at once."""
    import psycopg
    from psycopg.rows import dict_row

    with psycopg.connect(address, connect_timeout=_CONNECT_S, row_factory=dict_row) as connection:
        connection.read_only = True
        with connection.cursor("rows") as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            cursor.execute(query.encode())
            for row in cursor:
                yield json.dumps(row, ensure_ascii=False, default=str)


def _shown(address: str) -> str:
    """Return host and database, without who asks."""
    parts = urlsplit(address)
    return f"{parts.hostname or 'localhost'}{parts.path}"
