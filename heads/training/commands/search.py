"""Defines `heads search`: a head's strengths and widths, found by held-out log-loss in a bound."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path

import click

from heads.cli import click_errors
from heads.errors import HeadsError
from heads.storage.atomic_files import replace_file
from heads.training.commands.encoders import model_option
from heads.training.commands.train import CACHE, fold_models_option, sources
from heads.training.data.tables import CONTEXT_COLUMN
from heads.training.errors import TrainingError

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def training() -> None:
    """Search settings."""


@training.command()
@click.argument("name")
@click.option("--data", "files", callback=sources, multiple=True, help="As of `heads train`.")
@click.option("--query", help="Which rows of a database, as SQL.")
@click.option("--text-column", default="text", show_default=True)
@click.option("--context-column", default=CONTEXT_COLUMN, show_default=True)
@click.option("--label-column", help="Column of the label; not for the reply heads.")
@click.option("--group-column", default="author", show_default=True, help="Who wrote it.")
@click.option(
    "--group-by", type=click.Choice(["author", "source", "random"]), default="author",
    show_default=True, help="What stands whole on one side of every fold.",
)  # fmt: skip
@click.option("--members", help="Around which to search, e.g. `mean@3+mean@6;lexical`.")
@click.option("--trials", type=click.IntRange(1, 1000), default=27, show_default=True)
@click.option("--minutes", type=click.FloatRange(0), default=10.0, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="For `--settings`.")
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True)
@model_option()
@fold_models_option
@click_errors(TrainingError, HeadsError)
def search(
    name: str, files: tuple[str, ...], query: str | None, text_column: str, context_column: str,
    label_column: str | None, group_column: str, group_by: str, members: str | None, trials: int,
    minutes: float, seed: int, out: Path | None, cache: Path, model: Path | None,
    fold_models: tuple[Path, ...],
) -> None:  # fmt: skip
    """Search settings of the head NAME; `heads train NAME --settings FILE` then learns by them.

    Recipes around the usual one are drawn at random and tried on writers held out: all on one
    fold, the best third on half of the folds, the best ninth on all. The log-loss of what is
    chosen is too good, for it is the least on the rows that chose it.
    """
    from heads.training.building.order import Order
    from heads.training.commands.run_training import open_training, word_of
    from heads.training.fitting.search import CHOSEN_BY, described

    order = Order(
        name, "train", files, text_column, context_column, label_column, group_column,
        members=members, group_by=group_by, seed=seed, model=word_of(model),
        fold_models=tuple(map(str, fold_models)), query=query,
    )  # fmt: skip
    work = open_training(order, name, cache)
    ends = time.monotonic() + 60.0 * minutes
    note = partial(click.echo, err=True)
    found = work.search(trials, out_of_time=lambda: time.monotonic() > ends, report=note)
    for part, text in described(found.best.recipe).items():
        click.echo(f"{part}: {text}")
    click.echo(
        f"log-loss {found.best.loss:.4f} {CHOSEN_BY}, {found.usual.loss:.4f} by the usual "
        f"settings; {found.tried} tried"
    )
    if out is not None:
        table = found.as_table()
        table["search"] |= {"seed": seed, "rows": len(work.data), "group_by": group_by}
        replace_file(out, (json.dumps(table, indent=2) + "\n").encode())
        click.echo(f"next: heads train {name} --settings {out}")
