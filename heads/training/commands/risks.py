"""Defines `heads risks`: what mistakes cost by language, with each of several encoders' heads."""

from __future__ import annotations

from pathlib import Path

import click

from heads.cli import click_errors
from heads.errors import HeadsError
from heads.storage.opening import open_catalog
from heads.training.commands.promote import open_stores
from heads.training.commands.train import CACHE, CATALOG, HELD_OUT
from heads.training.data.tables import read_records
from heads.training.errors import TrainingError

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def training() -> None:
    """Measure for the gateway's router."""


@training.command()
@click.option(
    "--catalog", "catalogs", type=_FOLDER, multiple=True, required=True, help="One an encoder."
)
@click.option("--prices", type=_FOLDER, default=CATALOG, help="Catalog with costs.toml of heads.")
@click.option("--data", "files", type=_FILES, multiple=True, help="Rows that none learnt from.")
@click.option("--model", "models", type=_FOLDER, multiple=True, help="BERT folder of an encoder.")
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the table.")
@click_errors(TrainingError, HeadsError)
def risks(
    catalogs: tuple[Path, ...], prices: Path, files: tuple[Path, ...], models: tuple[Path, ...],
    cache: Path, out: Path | None,
) -> None:  # fmt: skip
    """Show what a reply costs by language with each catalog's heads; the gateway routes by it."""
    from heads.training.gate.risks import measure_risks, risk_table

    records = read_records(files or (HELD_OUT,))
    stores = open_stores(cache, models)
    priced = open_catalog(prices)
    measured = [measure_risks(open_catalog(path), priced, records, stores) for path in catalogs]
    table = risk_table(measured, records)
    click.echo(table, nl=False)
    if out is not None:
        out.write_text(table, encoding="utf-8")
