"""The log's fault table, a row of it, as its command makes it."""

import pytest

from tests.faults.log import run_faults
from tests.faults.log_faults import FAULTS
from tests.faults.log_row import problems

pytestmark = pytest.mark.service


def test_a_row_counts_what_was_sent_and_what_was_recorded() -> None:
    """A database that is away costs nothing, and what waits for it is seen."""
    away = [fault for fault in FAULTS if fault.name == "database away"]

    (row,) = run_faults(away, ["SQLite"], 24, lambda _line: None)

    assert problems(row) == []
    assert row.recorded == row.sent >= 40
    assert row.backlog > 0
    assert len(row.before_s) >= 20
    assert len(row.during_s) >= 20  # each of four callers may have asked before the fault
