"""Defines `heads data`: a corpus of labelled replies is checked, two labelling passes compared."""

from __future__ import annotations

from pathlib import Path

import click

from heads.cli import click_errors
from heads.errors import HeadsError
from heads.training.commands.train import CORPUS, HELD_OUT
from heads.training.data.tables import read_records
from heads.training.errors import TrainingError

_FILES = click.Path(exists=True, path_type=Path)

_handle_errors = click_errors(TrainingError, HeadsError)


@click.group()
def training() -> None:
    """Work with labelled data."""


@training.group()
def data() -> None:
    """Look at and check labelled replies."""


@data.command()
@click.argument("files", type=_FILES, nargs=-1)
@click.option("--against", type=_FILES, multiple=True, help="Evaluation files to stay clear of.")
@click.option("--quotas/--no-quotas", default=True, help="Print counts beside what was planned.")
@_handle_errors
def check(files: tuple[Path, ...], against: tuple[Path, ...], quotas: bool) -> None:
    """Check a corpus; list every failure as file:line and exit with 1."""
    from heads.training.data.checks import check_corpus
    from heads.training.data.quotas import quota_report

    rows = read_records(files or (CORPUS, HELD_OUT))
    findings = check_corpus(rows, read_records(against) if against else ())
    if quotas:
        click.echo("\n".join(quota_report(rows)))
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{len(rows)} rows, {len(findings)} failures")
    if findings or not rows:
        raise SystemExit(1)


@data.command("agreement")
@click.argument("first", type=_FILES)
@click.argument("second", type=_FILES)
@click.option("--column", default="intent", show_default=True)
@click.option("--where", help="COLUMN=VALUE in both files, e.g. intent=objection.")
@_handle_errors
def show_agreement(first: Path, second: Path, column: str, where: str | None) -> None:
    """Show Cohen's kappa of two labelling passes of the same texts, per class."""
    from heads.training.data.agreement import agreement

    left, right = _labels_by_text(first, column, where), _labels_by_text(second, column, where)
    shared = [text for text in left if text in right]
    if not shared:
        raise click.ClickException("the two files share no text")
    result = agreement([left[text] for text in shared], [right[text] for text in shared])
    click.echo(f"{result.rows} rows, agreement {result.observed:.3f}, kappa {result.kappa:.3f}")
    for label, kappa in result.per_class.items():
        click.echo(f"  {label:<20} {kappa:.3f}")


def _labels_by_text(path: Path, column: str, where: str | None) -> dict[str, str]:
    key, _, value = (where or "").partition("=")
    return {
        str(record.fields.get("text")): str(record.fields.get(column))
        for record in read_records([path])
        if where is None or str(record.fields.get(key)) == value
    }
