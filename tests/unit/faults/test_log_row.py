"""A row of the log's fault table: what breaks it, and how it is printed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.faults.log_row import LogRow, problems, table

ROW = LogRow(
    sent=10, answered=7, refused=2, cut=1, unrecorded=1, recorded=7, lost=0, duplicated=0,
    unasked=1, fault="a fault", database="SQLite", counted=1, backlog=4,
    before_s=(0.01, 0.02, 0.03), during_s=(),
)  # fmt: skip


def test_a_row_that_keeps_what_the_log_promises_has_no_problem() -> None:
    """Counted losses are allowed, and a record whose answer was cut off."""
    assert problems(ROW) == []


@pytest.mark.parametrize(
    "broken", [{"lost": 1}, {"duplicated": 1}, {"unasked": 2}, {"counted": 0}, {"sent": 11}]
)
def test_a_record_lost_twice_or_unaccounted_for_breaks_its_row(broken: dict[str, Any]) -> None:
    """Each is named with fault and database."""
    (problem,) = problems(replace(ROW, **broken))
    assert problem.startswith("a fault, SQLite: ")


def test_the_table_shows_counts_and_latencies_before_and_during() -> None:
    """Where nothing was answered during a fault the cell is empty."""
    (_, _, line) = table([ROW]).splitlines()
    assert line == "| a fault | SQLite | 10 | 7 | 2 | 1 | 7 | 0 | 0 | 1 | 4 | 20 / 30 |  |"
