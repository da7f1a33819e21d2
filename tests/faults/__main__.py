"""Run the fault table: every row on a cluster of its own, or what can be sent to a deployment."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from tests.faults.reference import References, gather
from tests.faults.row import Row, RowResult, not_run, problems, run_row
from tests.faults.rows import ROWS
from tests.faults.site import Layout, NotHereError, restore, site
from tests.faults.table import table, write_readme

README = Path(__file__).with_name("README.md")


@click.command()
@click.option("--url", help="a deployment to send the rows to that need no process of ours")
@click.option("--only", multiple=True, metavar="WORDS", help="rows whose name holds these words")
@click.option("--quick", is_flag=True, help="only the rows that every run of the tests has")
@click.option("--list", "listed", is_flag=True, help="name the rows and end")
@click.option("--readme", is_flag=True, help="keep the table in tests/faults/README.md")
def main(url: str | None, only: tuple[str, ...], quick: bool, listed: bool, readme: bool) -> None:
    """Cause faults under load and print one table; ends with 1 when a row breaks its bounds."""
    rows = [row for row in ROWS if _chosen(row, only, quick)]
    if listed:
        click.echo("\n".join(row.name for row in rows))
        return
    results = run_at(url, rows) if url else run_rows(rows)
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
    for layout in dict.fromkeys(row.layout for row in rows):
        chosen = [row for row in rows if row.layout == layout]
        try:
            for result in _run_layout(layout, chosen):
                results[result.name] = result
        except NotHereError as error:
            results |= {row.name: not_run(row, str(error)) for row in chosen}
    return [results[row.name] for row in rows]


def _run_layout(layout: Layout, rows: Sequence[Row]) -> Iterator[RowResult]:
    with tempfile.TemporaryDirectory() as folder, site(layout, Path(folder)) as place:
        cluster = place.cluster
        # A balancer would shield the door: its rows are sent to the gateway itself.
        url = cluster.replicas["gateway"][0].url if layout == "door" else cluster.url
        references = gather(url)
        if layout == "upgrade":  # answers of this release are right too
            references = references.joined(_of_this_release())
        for row in rows:
            result = run_row(row, url, place, references)
            _show(result)
            yield result
            restore(cluster)


def _of_this_release() -> References:
    with tempfile.TemporaryDirectory() as folder, site("single", Path(folder)) as place:
        return gather(place.cluster.url)


def run_at(url: str, rows: Sequence[Row]) -> list[RowResult]:
    """Run the rows that only send at a deployment; the others are named as not run."""
    references = gather(url)
    return [
        run_row(row, url, None, references)
        if row.remote
        else not_run(row, "its processes are not ours")
        for row in rows
    ]


def _chosen(row: Row, only: Sequence[str], quick: bool) -> bool:
    named = any(words in row.name for words in only)
    return named or (not only and not row.long and (row.quick or not quick))


def _show(result: RowResult) -> None:
    times = f"recovered in {result.recovered_s:.1f} s, slowest {result.slowest_s:.2f} s"
    why = "; ".join([*result.reasons[:4], *result.wrong, *result.notes])
    click.echo(f"{result.name}: {result.counts}, {times} {why}", err=True)


if __name__ == "__main__":
    main()
