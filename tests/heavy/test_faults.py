"""The short rows of the fault table, each on real processes behind a real Envoy."""

from __future__ import annotations

import pytest

from tests.faults.__main__ import run_rows
from tests.faults.row import problems
from tests.faults.rows import ROWS

LAYOUTS = tuple(dict.fromkeys(row.layout for row in ROWS if row.quick))


@pytest.mark.e2e
@pytest.mark.parametrize("layout", LAYOUTS)
def test_short_rows_keep_their_bounds(layout: str) -> None:
    """No answer is wrong, none is missing, and a row loses only what it says it must."""
    rows = [row for row in ROWS if row.quick and row.layout == layout]
    results = run_rows(rows)
    assert [r.not_run for r in results] == [""] * len(rows)
    broken = [
        problem
        for row, result in zip(rows, results, strict=True)
        for problem in problems(row.unhurried(), result)
    ]
    assert broken == []
