"""Cuts the input into windows, each the rows of one shard, by their content alone."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.offline.bulk.rows import InputRow

MAX_BYTES = 64 << 20
"""Content of a window at most, but for its last row: what bounds the job's memory."""


@dataclass(frozen=True)
class Window:
    """Consecutive rows of the input; `index` is their shard's, `digest` names their content."""

    index: int
    rows: tuple[InputRow, ...]
    digest: str


def windows(
    rows: Iterable[InputRow], max_rows: int, max_bytes: int = MAX_BYTES
) -> Iterator[Window]:
    """Yield windows of `max_rows`, fewer where these would hold more than `max_bytes`."""
    index, part, size = 0, list[InputRow](), 0
    for row in rows:
        part.append(row)
        size += row.size
        if len(part) == max_rows or size >= max_bytes:
            yield _window(index, part)
            index, part, size = index + 1, [], 0
    if part:
        yield _window(index, part)


def _window(index: int, rows: list[InputRow]) -> Window:
    digest = hashlib.blake2b(b"".join(row.digest for row in rows), digest_size=16)
    return Window(index, tuple(rows), digest.hexdigest())
