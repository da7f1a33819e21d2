"""Defines `heads errors`: what a head gets wrong on held-out rows, by what the texts share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heads.cli import click_errors
from heads.errors import HeadsError
from heads.training.commands.encoders import model_option, open_store, warn_of_known
from heads.training.commands.train import (
    CACHE,
    CATALOG,
    CORPUS,
    fold_models_option,
    task_of,
)
from heads.training.data.tables import CONTEXT_COLUMN, read_records
from heads.training.errors import DataError, TrainingError

if TYPE_CHECKING:
    from heads.training.evaluation.mistakes import Cluster
    from heads.training.evaluation.out_of_fold import Judged

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_HELD_OUT = {"source": "their writer's file", "author": "their author"}


@click.group()
def training() -> None:
    """Look at mistakes."""


@training.command()
@click.argument("name")
@click.option("--version", help="Default: the version in production.")
@click.option(
    "--limit", type=click.IntRange(0), default=5, show_default=True, help="Texts a group."
)
@click.option("--data", "files", type=_FILES, multiple=True, help="Rows to learn from (corpus).")
@click.option("--text-column", default="text", show_default=True)
@click.option("--context-column", default=CONTEXT_COLUMN, show_default=True)
@click.option("--label-column", help="Column of the label; not for the reply heads.")
@click.option("--group-column", default="author", show_default=True, help="Who wrote it.")
@click.option("--catalog", type=_FOLDER, default=CATALOG, help="Folder of heads.")
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True)
@model_option()
@fold_models_option
@click_errors(TrainingError, HeadsError)
def errors(
    name: str, version: str | None, limit: int, files: tuple[Path, ...], text_column: str,
    context_column: str, label_column: str | None, group_column: str, catalog: Path, cache: Path,
    model: Path | None, fold_models: tuple[Path, ...],
) -> None:  # fmt: skip
    """List NAME's mistakes on held-out labelled rows; texts go to this terminal alone."""
    from heads.training.building.evaluate import bundle_folder, judge_held_out
    from heads.training.data.dataset import make_dataset
    from heads.training.evaluation.mistakes import cluster, mistakes
    from heads.training.fitting.cross_fit import open_cross_fit

    folder = bundle_folder(catalog, name, version)
    records = read_records(files or (CORPUS,))
    data = make_dataset(
        task_of(name, records, label_column),
        records,
        text_column=text_column,
        context_column=context_column,
        group_column=group_column,
    )
    if (data.truth < 0).any():
        raise DataError(f"{name} decides several labels at once: no row is simply wrong")
    store = open_store(cache, model)
    cross_fit = open_cross_fit(fold_models, partial(open_store, cache))
    warn_of_known(data, store, cross_fit)
    split, judged = judge_held_out(folder, data, store, cross_fit=cross_fit)
    wrong = mistakes(judged)
    decided = int(judged.answered[wrong].sum())
    click.echo(
        f"{name} {folder.name}: {len(wrong)} of {len(data)} rows wrong, {decided} of them decided, "
        f"by members that have not seen {_HELD_OUT[split]}"
    )
    some, view = judged.data.rows(wrong), f"mean@{store.layers}"
    if not len(some):
        return
    vectors = store.vectors(some.texts, [view], some.contexts)[view]
    for number, group in enumerate(cluster(judged, wrong, vectors), start=1):
        for line in _lines(number, group, judged, limit):
            click.echo(line)


def _lines(number: int, group: Cluster, judged: Judged, limit: int) -> Iterator[str]:
    pairs = ", ".join(f"{true} -> {best} {count}" for (true, best), count in group.pairs)
    languages = ", ".join(f"{name} {count}" for name, count in group.languages)
    decided = int(judged.answered[group.rows].sum())
    yield ""
    yield f"{number}. {len(group.rows)} mistakes, {decided} decided; half have up to " + (
        f"{group.median_words} words" + f"; {languages}" * bool(languages)
    )
    yield f"   true -> predicted: {pairs}"
    yield f"   words: {', '.join(group.words) or 'none of their own'}"
    yield from (_example(judged, row) for row in group.rows[:limit].tolist())


def _example(judged: Judged, row: int) -> str:
    data, labels = judged.data, judged.data.task.labels
    answered = f" [answers: {' '.join(data.contexts[row].split())}]" if data.contexts[row] else ""
    doubt = " (a second opinion agrees)" if int(judged.best[row]) in data.lenient[row] else ""
    return (
        f"   {'decided ' if judged.answered[row] else ''}{labels[judged.best[row]]} "
        f"{judged.confidence[row]:.2f}, is {labels[data.truth[row]]}{doubt}: "
        f"{' '.join(data.texts[row].split())}{answered}"
    )
