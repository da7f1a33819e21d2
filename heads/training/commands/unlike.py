"""Defines `heads unlike`: which texts heads abstain from as unlike anything they have learnt."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from heads.cli import click_errors
from heads.errors import HeadsError
from heads.training.commands.encoders import model_option, open_store
from heads.training.commands.train import CACHE, CATALOG, CORPUS, fold_models_option
from heads.training.data.tables import CONTEXT_COLUMN, read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import TrainingError

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def training() -> None:
    """Look at what is unlike anything learnt."""


@training.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--data", "files", type=_FILES, multiple=True, help="Texts to try (shipped ones).")
@click.option("--text-column", default="text", show_default=True)
@click.option(
    "--context-column", default=CONTEXT_COLUMN, show_default=True, help="The mail that it answers."
)
@click.option("--kind-column", default="kind", show_default=True, help="One row of figures each.")
@click.option("--version", help="Default: the version in production.")
@click.option("--catalog", type=_FOLDER, default=CATALOG, help="Folder of heads.")
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True)
@model_option()
@fold_models_option
@click_errors(TrainingError, HeadsError)
def unlike(
    names: tuple[str, ...], files: tuple[Path, ...], text_column: str, context_column: str,
    kind_column: str, version: str | None, catalog: Path, cache: Path, model: Path | None,
    fold_models: tuple[Path, ...],
) -> None:  # fmt: skip
    """Show the share of texts that the reply heads NAMES find unlike anything learnt."""
    from heads.training.building.evaluate import bundle_folder
    from heads.training.building.unlike import JUNK, by_kind, unlike_table
    from heads.training.data.dataset import make_dataset
    from heads.training.fitting.cross_fit import open_cross_fit

    if strangers := [name for name in names if name not in REPLY_TASKS]:
        raise click.UsageError(f"{', '.join(strangers)} is no reply head")
    texts = by_kind(
        read_records(files or (JUNK,)),
        text_column=text_column,
        context_column=context_column,
        kind_column=kind_column,
    )
    corpus = read_records((CORPUS,))
    store = open_store(cache, model)
    cross_fit = open_cross_fit(fold_models, partial(open_store, cache))
    for name in names:
        folder = bundle_folder(catalog, name, version)
        data = make_dataset(REPLY_TASKS[name], corpus)
        click.echo(f"\n## {name} {folder.name}\n")
        click.echo("\n".join(unlike_table(folder, data, texts, store, cross_fit)))
