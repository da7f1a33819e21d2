"""The fault table as it is printed and kept."""

from __future__ import annotations

from pathlib import Path

from tests.faults.row import Bounds, Row, RowResult, not_run
from tests.faults.rows import ROWS
from tests.faults.table import BEGIN, END, table, write_readme

_ROW = Row("a fault", lambda scene: None, Bounds(lost=None, why="what was in flight"))


def test_a_row_that_was_not_run_says_so_and_why() -> None:
    """It has no numbers, so nobody takes it for a pass."""
    text = table([_ROW], [not_run(_ROW, "mounting needs root")])
    assert "not run: mounting needs root" in text
    assert "| 0 |" not in text


def test_a_result_stands_with_every_count_and_why_it_may_lose() -> None:
    """Counts that did not occur are zeros, and the allowance is explained below."""
    result = RowResult("a fault", 20.0, {"right": 7, "lost": 1}, 0.5, 0.2, 0.4)
    text = table([_ROW], [result])
    assert "| a fault | 20 | 8 | 7 | 0 | 0 | 0 | 0 | 1 | 0 | 0.5 | 0.20 | 0.40 |" in text
    assert "may lose what was in flight" in text


def test_the_readme_keeps_what_stands_around_the_table(tmp_path: Path) -> None:
    """Only what is between the marks is replaced, also twice."""
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for text in ("first", "second"):
        write_readme(readme, text)
    assert readme.read_text() == f"before\n{BEGIN}\n\nsecond\n\n{END}\nafter\n"


def test_rows_that_may_lose_requests_say_why() -> None:
    """An allowance without a reason would hide a fault."""
    allowed = [row for row in ROWS if None in (row.bounds.failed, row.bounds.lost,
               row.bounds.refused, row.bounds.partial)]  # fmt: skip
    assert [row.name for row in allowed if not row.bounds.why] == []


def test_rows_have_names_of_their_own() -> None:
    """Results are kept by name."""
    assert len({row.name for row in ROWS}) == len(ROWS)
