"""Defines the training commands: `heads train`, `heads evaluate`, `heads bench`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from heads.cli import click_errors
from heads.errors import HeadsError
from heads.training.commands.encoders import model_option, open_store, warn_of_known
from heads.training.commands.track import track_folder, track_options
from heads.training.data.database import check_address, is_database
from heads.training.data.tables import CONTEXT_COLUMN, Record, read_records
from heads.training.data.taxonomy import REPLY_TASKS, Task
from heads.training.errors import DataError, TrainingError

_PACKAGE = Path(__file__).parents[2]
CORPUS = _PACKAGE / "data" / "replies"
# Writers that neither a shipped head nor its encoder learns from: the gate judges on them.
HELD_OUT = _PACKAGE / "data" / "held_out"
CATALOG = _PACKAGE / "catalog"
CACHE = Path(".cache") / "embeddings"
# The same for every reply head, so that serving stacks them into few matrix products. Not what
# `--members auto` would choose: that compares views `mean@LAYER` alone.
REPLY_MEMBERS = "text@3+text@4;lexical;text@3+text@4/32"

_SHARE = click.FloatRange(0.5, 1.0)
_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


_handle_errors = click_errors(TrainingError, HeadsError)


def sources(
    context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return files that are there, and addresses of databases without a password, as given.

    Raises BadParameter for others.
    """
    for value in values:
        try:
            if is_database(value):
                check_address(value)
            else:
                _FILES.convert(value, option, context)
        except DataError as error:
            raise click.BadParameter(str(error), context, option) from error
    return values


@click.group()
def training() -> None:
    """Train, evaluate and benchmark heads."""


_data = click.option(
    "--data", "files", type=_FILES, multiple=True, help="JSONL, CSV, Parquet or a folder of JSONL."
)
_text = click.option("--text-column", default="text", show_default=True)
_context = click.option(
    "--context-column", default=CONTEXT_COLUMN, show_default=True, help="The mail that it answers."
)
_label = click.option("--label-column", help="Column of the label; not for the reply heads.")
_group = click.option("--group-column", default="author", show_default=True, help="Who wrote it.")
_catalog = click.option("--catalog", type=_FOLDER, default=CATALOG, help="Folder of heads.")
_cache = click.option(
    "--cache", type=_FOLDER, default=CACHE, show_default=True, help="Where embeddings are kept."
)
_model = model_option()
fold_models_option = click.option(
    "--fold-model", "fold_models", type=_FOLDER, multiple=True,
    help="BERT folder by `heads tune --fold`; each judges what it was tuned without.",
)  # fmt: skip


@training.command()
@click.argument("name")
@click.option(
    "--data",
    "files",
    callback=sources,
    multiple=True,
    help="JSONL, CSV, Excel, Parquet, a folder of JSONL, or postgresql://HOST/DATABASE.",
)
@click.option("--query", help="Which rows of the database, as SQL.")
@_text
@_context
@_label
@_group
@click.option(
    "--group-by",
    type=click.Choice(["author", "source", "random"]),
    default="author",
    show_default=True,
    help="What stands whole on one side of every fold.",
)
@click.option("--members", help="`auto`, or e.g. `mean@3+mean@6;lexical;mean@6/128`.")
@click.option("--settings", type=_FILES, help="What `heads search --out` wrote, for --members.")
@click.option("--tune/--no-tune", default=False, help="Choose strengths and class weighting too.")
@click.option("--precision", type=_SHARE, help="Of what is decided (reply heads: theirs; 0.90).")
@click.option(
    "--label-precision",
    "targets",
    type=(str, _SHARE),
    multiple=True,
    metavar="LABEL SHARE",
    help="Another precision for one label; may be repeated.",
)
@click.option(
    "--thresholds-by",
    type=click.Choice(["author", "source"]),
    default="source",
    show_default=True,
    help="What is held out where thresholds are chosen; source: a whole file.",
)
@click.option("--version", help="Default: the next free number.")
@click.option("--seed", default=0, show_default=True)
@_catalog
@_cache
@_model
@fold_models_option
@track_options
@_handle_errors
def train(
    name: str, files: tuple[str, ...], query: str | None, text_column: str, context_column: str,
    label_column: str | None, group_column: str, group_by: str, members: str | None, tune: bool,
    precision: float | None, targets: tuple[tuple[str, float], ...], thresholds_by: str,
    settings: Path | None, version: str | None, seed: int, catalog: Path, cache: Path,
    model: Path | None, fold_models: tuple[Path, ...], track: bool | None, tracking_uri: str | None,
) -> None:  # fmt: skip
    """Train the head NAME and write its bundle; `heads promote` makes it answer."""
    from heads.training.building.order import Order
    from heads.training.commands.run_training import open_training, read_settings, word_of
    from heads.training.evaluation.model_card import evaluation_table

    if settings is not None and members is not None:
        raise click.UsageError("--settings names the members: leave --members out")
    version = _free_version(catalog / name, version)
    order = Order(
        name, "train", files, text_column, context_column, label_column,
        group_column, members=members, tune=tune, precision=precision, targets=targets,
        group_by=group_by, thresholds_by=thresholds_by, seed=seed, model=word_of(model),
        fold_models=tuple(map(str, fold_models)), query=query,
        settings=None if settings is None else read_settings(settings),
    )  # fmt: skip
    training = open_training(order, name, cache)
    folder, trained = training.write(catalog, version)
    names = ", ".join(member.name for member in trained.recipe.members)
    click.echo(f"{folder}: {len(training.data)} rows, {names}")
    click.echo("\n".join(evaluation_table(trained.evaluation)))
    track_folder(folder, track, tracking_uri)


@training.command()
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every reply head of the catalog.")
@_data
@_text
@_context
@_label
@_group
@click.option("--refit", is_flag=True, help="Refit per fold on the given data.")
@click.option("--version", help="Default: the version in production.")
@click.option("--out", type=_FOLDER, help="Write metrics.json, README.md and pictures there.")
@_catalog
@_cache
@_model
@fold_models_option
@_handle_errors
def evaluate(
    names: tuple[str, ...], every: bool, files: tuple[Path, ...], text_column: str,
    context_column: str, label_column: str | None, group_column: str, refit: bool,
    version: str | None, out: Path | None, catalog: Path, cache: Path, model: Path | None,
    fold_models: tuple[Path, ...],
) -> None:  # fmt: skip
    """Evaluate heads: without --data out of fold on the shipped corpus, else on given rows."""
    from heads.training.building import evaluate
    from heads.training.data.dataset import make_dataset
    from heads.training.evaluation.model_card import evaluation_table, label_table
    from heads.training.fitting.cross_fit import open_cross_fit

    chosen = tuple(task for task in REPLY_TASKS if (catalog / task).is_dir()) if every else names
    if not chosen:
        raise click.UsageError("name a head, or --all")
    records = read_records(files or (CORPUS,))
    columns = {
        "text_column": text_column,
        "context_column": context_column,
        "group_column": group_column,
    }
    store = open_store(cache, model)
    cross_fit = open_cross_fit(fold_models, partial(open_store, cache))
    for name in chosen:
        folder = evaluate.bundle_folder(catalog, name, version)
        task = task_of(name, records, label_column)
        data = make_dataset(task, records, **columns)
        if refit or not files:
            warn_of_known(data, store, cross_fit)
            figures = evaluate.evaluate_refit(folder, data, store, cross_fit=cross_fit)
        else:
            figures = evaluate.evaluate_as_is(folder, data, store)
            if left_out := figures["given"]["left_out"]:
                click.echo(f"{left_out} of {len(data)} rows left out: {name} learnt from them")
        click.echo(f"\n## {name} {folder.name}\n")
        click.echo(
            "\n".join([*evaluation_table(figures), "", *label_table(next(iter(figures.values())))])
        )
        if out is not None:
            click.echo(f"written to {evaluate.write_report(folder, data, figures, out)}")


@training.command()
@click.option("--data", "folder", type=_FILES, required=True, help="Folder of the public sets.")
@click.option(
    "--set", "sets", multiple=True, help="banking77, hwu64/10-shot, snips, nlupp, ... (all)."
)
@click.option("--seeds", default=3, show_default=True)
@click.option("--published", type=_FILES, help="published_numbers.json (default: in the folder).")
@click.option("--out", type=click.Path(path_type=Path), help="Write the table there too.")
@click.option(
    "--tuned", is_flag=True, help="Tune one encoder on the training rows of all sets first."
)
@_cache
@model_option(usual="frozen")
@_handle_errors
def bench(
    folder: Path, sets: tuple[str, ...], seeds: int, published: Path | None, out: Path | None,
    tuned: bool, cache: Path, model: Path | None,
) -> None:  # fmt: skip
    """Train and score on public intent sets, beside published figures and a TF-IDF floor."""
    from embedder.checkpoint.folder import find_base
    from heads.training.benchmark import several_labels
    from heads.training.benchmark.benchmark import run_benchmark
    from heads.training.benchmark.encoders import Encoders, GivenEncoder, TunedEncoders

    store = None if tuned else open_store(cache, model or find_base().folder)
    encoders: Encoders = GivenEncoder(store) if store else TunedEncoders(cache, model)
    lines = run_benchmark(folder, sets, encoders, seeds=seeds, published=published)
    lines += several_labels.table(folder, sets, store) if store else []
    click.echo("\n".join(lines))
    if out is not None:
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def with_targets(task: Task, precision: float | None, targets: Sequence[tuple[str, float]]) -> Task:
    """Return the task with other target precisions.

    Raises UsageError for a label that it has not, or where it keeps a recall instead.
    """
    if strangers := {label for label, _ in targets} - set(task.labels):
        raise click.UsageError(f"--label-precision: {task.name} has no {', '.join(strangers)}")
    if targets and task.policy.recall_of_yes is not None:
        raise click.UsageError(f"--label-precision: {task.name} keeps a recall of yes instead")
    policy = replace(task.policy, precisions=tuple(targets) or task.policy.precisions)
    if precision is not None:
        policy = replace(policy, precision=precision)
    return replace(task, policy=policy)


def next_version(folder: Path) -> str:
    """Return the next free number of a head's versions."""
    numbers = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    return str(max(numbers, default=0) + 1)


def task_of(name: str, records: Sequence[Record], label_column: str | None) -> Task:
    """Return the reply head's task, or one made of a column. Raises UsageError without either."""
    from heads.training.data.dataset import infer_task

    if label_column is not None:
        return infer_task(name, records, label_column=label_column)
    if name not in REPLY_TASKS:
        raise click.UsageError(f"{name} is no reply head: name its --label-column")
    return REPLY_TASKS[name]


def _free_version(folder: Path, version: str | None) -> str:
    """Return the version asked for, or the next free number; refuse bad names and taken ones."""
    from heads.training.building.wanted import check_name

    check_name(folder.name)
    if version is None:
        return next_version(folder)
    if (folder / version).exists():
        raise click.UsageError(f"{folder.name} has a version {version} already; none ever changes")
    return version
