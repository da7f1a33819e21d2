"""Defines `heads behave`: the behavioural suite of a version, alone or beside another one."""

from __future__ import annotations

from pathlib import Path

import click

from heads.bundle.loading import head_of
from heads.bundle.reading import read
from heads.cli import catalog_option, click_errors
from heads.errors import HeadsError
from heads.lifecycle import aliases
from heads.storage.catalog import Catalog
from heads.training.commands.encoders import model_option
from heads.training.commands.promote import open_stores
from heads.training.commands.train import CACHE
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import DataError, TrainingError

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def training() -> None:
    """Measure how heads behave."""


@training.command()
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every reply head in production.")
@click.option("--version", help="Default: the version in production.")
@click.option("--against", help="A version to compare with, as the gate does.")
@catalog_option
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True)
@model_option(several=True)
@click_errors(HeadsError, TrainingError)
def behave(
    names: tuple[str, ...], every: bool, version: str | None, against: str | None,
    catalog: Catalog, cache: Path, models: tuple[Path, ...],
) -> None:  # fmt: skip
    """Show the failure rate of every kind of behavioural test, with its interval and bound."""
    from heads.training.behaviour.material import read_material
    from heads.training.behaviour.measure import Version, measure
    from heads.training.behaviour.report import behaviour_table, refusals, summary_table

    def load(name: str, chosen: str | None) -> Version:
        number = chosen or aliases.read(catalog, name)[0].production
        if number is None:
            raise DataError(f"{name}: no version is in production")
        files = read(catalog, name, number)
        return Version(head_of(files), files)

    if every:
        names = tuple(n for n in REPLY_TASKS if aliases.read(catalog, n)[0].production)
    if not names:
        raise click.UsageError("name a head, or --all")
    stores, material, measured = open_stores(cache, models), read_material(), {}
    for name in names:
        new, old = load(name, version), load(name, against) if against else None
        behaviour = measure(new, old, material, stores)
        measured[f"{name} {new.head.version}"] = behaviour
        click.echo("\n".join((f"\n## {name} {new.head.version}\n", *behaviour.notes, "")))
        click.echo("\n".join(behaviour_table(behaviour, new.head.version, against)))
        for reason in refusals(behaviour.kinds):
            click.echo(f"the gate would refuse it: {reason}")
    if len(measured) > 1:
        click.echo("\n" + "\n".join(summary_table(measured)))
