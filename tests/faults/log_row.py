"""One row of the log's fault table: what became of requests and records, and what may not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_COLUMNS = ("fault", "database", "sent", "answered", "refused", "cut off", "recorded", "lost",
            "duplicated", "not recorded, counted", "seen waiting", "p50 / p99 before, ms",
            "p50 / p99 during, ms")  # fmt: skip


@dataclass(frozen=True)
class LogRow:
    """Counts of requests by their answer, and of records; times in seconds of answers with 200.

    `cut`: the connection ended without an answer. `unrecorded`: answers that say so by
    `prediction_id: null`, `counted`: what the metric says of them. `lost`: answers that named a
    record which is not there. `unasked`: records whose answer did not arrive.
    """

    sent: int
    answered: int
    refused: int
    cut: int
    unrecorded: int
    recorded: int
    lost: int
    duplicated: int
    unasked: int
    fault: str = ""
    database: str = ""
    counted: int = 0
    backlog: int = 0
    before_s: tuple[float, ...] = ()
    during_s: tuple[float, ...] = ()


def problems(row: LogRow) -> list[str]:
    """Return how a row breaks what the log promises; latency is shown and judged by no bound."""
    broken = {
        f"{row.lost} records lost": row.lost,
        f"{row.duplicated} records twice": row.duplicated,
        f"{row.unasked} records of {row.cut} requests without an answer": row.unasked > row.cut,
        f"{row.unrecorded} answers without a record, {row.counted} counted": (
            row.unrecorded != row.counted
        ),
        f"{row.sent} sent, which are not those answered, refused and cut off": (
            row.sent != row.answered + row.refused + row.cut
        ),
    }
    return [f"{row.fault}, {row.database}: {words}" for words, holds in broken.items() if holds]


def table(rows: Sequence[LogRow]) -> str:
    """Return the rows as a table of Markdown."""
    lines = [_line(_COLUMNS), _line(["---", "---"] + ["---:"] * (len(_COLUMNS) - 2))]
    return "\n".join([*lines, *(_line(_cells(row)) for row in rows)])


def _cells(row: LogRow) -> list[str]:
    counts = (row.sent, row.answered, row.refused, row.cut, row.recorded, row.lost,
              row.duplicated, row.unrecorded, row.backlog)  # fmt: skip
    return [
        row.fault, row.database, *map(str, counts), _latency(row.before_s), _latency(row.during_s),
    ]  # fmt: skip


def _latency(seconds: Sequence[float]) -> str:
    if not seconds:
        return ""
    middle, slow = np.percentile(seconds, (50, 99)) * 1e3
    return f"{middle:.0f} / {slow:.0f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
