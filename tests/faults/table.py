"""Write the fault table as Markdown, and keep it in the README."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.faults.row import Row, RowResult

BEGIN, END = "<!-- table: make faults -->", "<!-- end of table -->"
_COLUMNS = ("a second", "sent", "right", "partial", "wrong", "refused", "failed", "lost",
            "hung", "recovered in s", "p99 then, s", "slowest, s")  # fmt: skip


def table(rows: Sequence[Row], results: Sequence[RowResult], first: str = "fault") -> str:
    """Return the table, then why rows may lose requests, then what was not run and why.

    `first`: what the rows are, the first column's name.
    """
    by_name = {result.name: result for result in results}
    lines = [_line([first, *_COLUMNS]), _line(["---"] + ["---:"] * len(_COLUMNS))]
    lines += [_line(_cells(by_name[row.name])) for row in rows if row.name in by_name]
    whys = [f"* {row.name}: may lose {row.bounds.why}." for row in rows if row.bounds.why]
    return "\n".join([*lines, "", *whys])


def write_readme(readme: Path, text: str, begin: str = BEGIN) -> None:
    """Put the table between the README's marks, of which each table has a first of its own."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{begin}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _cells(result: RowResult) -> list[str]:
    if result.not_run:
        return [result.name, "not run: " + result.not_run, *[""] * (len(_COLUMNS) - 1)]
    counts = [str(result.counts.get(outcome, 0)) for outcome in
              ("right", "partial", "wrong", "refused", "failed", "lost", "hung")]  # fmt: skip
    return [
        result.name, f"{result.rate:g}", str(result.sent), *counts, f"{result.recovered_s:.1f}",
        f"{result.p99_s:.2f}", f"{result.slowest_s:.2f}",
    ]  # fmt: skip


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
