"""Run the fault table: every row on a cluster of its own, or what can be sent to a deployment."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from tests.faults.reference import gather
from tests.faults.row import Row, RowResult, problems, run_row
from tests.faults.rows import ROWS
from tests.faults.site import restore, site
from tests.faults.table import table, write_readme

README = Path(__file__).with_name("README.md")


@click.command()
@click.option("--only", multiple=True, metavar="WORDS", help="rows whose name holds these words")
@click.option("--quick", is_flag=True, help="only the rows that every run of the tests has")
@click.option("--list", "listed", is_flag=True, help="name the rows and end")
@click.option("--readme", is_flag=True, help="keep the table in tests/faults/README.md")
def main(only: tuple[str, ...], quick: bool, listed: bool, readme: bool) -> None:
    """Cause faults under load and print one table; ends with 1 when a row breaks its bounds."""
    rows = [row for row in ROWS if _chosen(row, only, quick)]
    if listed:
        click.echo("\n".join(row.name for row in rows))
        return
    results = run_rows(rows)
    text = table(rows, results)
    click.echo(text)
    if readme:
        write_readme(README, text)
    broken = [
        problem for row, result in zip(rows, results, strict=True)
        for problem in problems(row, result)
    ]  # fmt: skip
    if broken:
        raise SystemExit("\n".join(broken))


def run_rows(rows: list[Row]) -> list[RowResult]:
    """Run rows, those of one layout on one cluster; return results in the order of `rows`."""
    results: dict[str, RowResult] = {}
    for layout, group in itertools.groupby(sorted(rows, key=lambda row: row.layout), _layout):
        with tempfile.TemporaryDirectory() as folder, site(layout, Path(folder)) as cluster:
            references = gather(cluster.url)
            for row in group:
                results[row.name] = run_row(row, cluster, references)
                _show(results[row.name])
                restore(cluster)
    return [results[row.name] for row in rows]


def _layout(row: Row) -> str:
    return row.layout


def _chosen(row: Row, only: Sequence[str], quick: bool) -> bool:
    return (row.quick or not quick) and (not only or any(words in row.name for words in only))


def _show(result: RowResult) -> None:
    click.echo(f"{result.name}: {result.counts}, recovered in {result.recovered_s:.1f} s, "
               f"slowest {result.slowest_s:.2f} s {'; '.join(result.reasons[:4])}", err=True)  # fmt: skip


if __name__ == "__main__":
    main()
