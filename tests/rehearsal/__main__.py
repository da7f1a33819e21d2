"""Rehearse releases on this machine: every act under load, one table, 1 where a bound breaks."""

from __future__ import annotations

from pathlib import Path

import click

from tests.faults.row import Row, RowResult, problems, run_row
from tests.faults.table import table, write_readme
from tests.rehearsal.acts import acts
from tests.rehearsal.stage import Stage, fresh_stage

CHECKS = Path(__file__).resolve().parents[2] / "terraform" / "CHECKS.md"
BEGIN = "<!-- table: make rehearse -->"


@click.command()
@click.option("--readme", is_flag=True, help="keep the table in terraform/CHECKS.md")
def main(readme: bool) -> None:
    """Deploy, stop, take back, rotate and scale while requests come; print what became of them."""
    with fresh_stage() as stage:
        rows = acts(stage)
        results = [play(stage, row) for row in rows]
        text = table(rows, results, first="act")
        click.echo(text)
    if readme:
        write_readme(CHECKS, text, BEGIN)
    broken = [
        problem for row, result in zip(rows, results, strict=True)
        for problem in problems(row, result)
    ]  # fmt: skip
    if broken:
        raise SystemExit("\n".join(broken))


def play(stage: Stage, row: Row) -> RowResult:
    """Play an act and tell what happened."""
    result = run_row(row, stage.cluster.url, None, stage.references, lambda: stage.keys.current)
    what = "; ".join([*result.reasons[:4], *result.wrong, *result.notes])
    click.echo(
        f"{result.name}: {result.counts}, slowest {result.slowest_s:.2f} s. {what}", err=True
    )
    return result


if __name__ == "__main__":
    main()
