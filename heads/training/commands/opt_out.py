"""Defines `heads opt-out-thresholds`: what may be acted on, and what a person must see."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from heads.cli import click_errors
from heads.errors import HeadsError
from heads.training.commands.encoders import model_option, open_store, warn_of_known
from heads.training.commands.train import (
    CACHE,
    CATALOG,
    CORPUS,
    fold_models_option,
    next_version,
)
from heads.training.data.tables import read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import TrainingError

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_SHARE = click.FloatRange(0.5, 1.0)


@click.group()
def training() -> None:
    """Choose the thresholds of opt-outs."""


@training.command("opt-out-thresholds")
@click.argument("name", default="has_opt_out")
@click.option("--yes-precision", type=_SHARE, default=0.97, show_default=True)
@click.option("--recall", type=_SHARE, default=0.98, show_default=True, help="Of yes and review.")
@click.option("--data", "files", type=_FILES, multiple=True, help="Rows it learnt from (corpus).")
@click.option("--version", help="Default: the version in production.")
@click.option("--write", is_flag=True, help="Write them into a new version of the same weights.")
@click.option("--catalog", type=_FOLDER, default=CATALOG, help="Folder of heads.")
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True)
@model_option()
@fold_models_option
@click_errors(TrainingError, HeadsError)
def opt_out_thresholds(
    name: str, yes_precision: float, recall: float, files: tuple[Path, ...], version: str | None,
    write: bool, catalog: Path, cache: Path, model: Path | None, fold_models: tuple[Path, ...],
) -> None:  # fmt: skip
    """Choose NAME's two thresholds on held-out writers; what they do there is printed."""
    from heads.training.building.evaluate import bundle_folder
    from heads.training.building.opt_out import choose_thresholds, write_with_thresholds
    from heads.training.data.dataset import make_dataset
    from heads.training.fitting.cross_fit import open_cross_fit
    from heads.training.fitting.opt_out import OptOutAim

    if name not in REPLY_TASKS:
        raise click.UsageError(f"{name} is no reply head")
    folder = bundle_folder(catalog, name, version)
    data = make_dataset(REPLY_TASKS[name], read_records(files or (CORPUS,)))
    aim = OptOutAim(yes_precision, recall)
    store = open_store(cache, model)
    cross_fit = open_cross_fit(fold_models, partial(open_store, cache))
    warn_of_known(data, store, cross_fit)
    chosen = choose_thresholds(folder, data, store, aim, cross_fit=cross_fit)
    limits = chosen.thresholds
    click.echo(f"{name} {folder.name}: yes from {limits.yes:.4f}, review from {limits.review:.4f}")
    click.echo(f"held-out writers: {chosen.held_out}")
    if write:
        written = write_with_thresholds(folder, data, chosen, next_version(catalog / name))
        click.echo(f"{written}: the same weights with [opt_out]; `heads promote` makes it answer")
