"""Defines what tunes the shared encoder: `heads tune`, `heads tune-encoder`, `heads adapter`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embedder.errors import EmbedderError
from heads.cli import click_errors
from heads.training.commands.encoders import model_option
from heads.training.data.tables import CONTEXT_COLUMN
from heads.training.errors import TrainingError

if TYPE_CHECKING:
    from heads.training.data.dataset import Dataset
    from heads.training.tuning.tune import TuningPlan

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_CACHE = Path(".cache") / "tuning"
_MODEL_HELP = "BERT folder instead of the frozen encoder."
_OUT_HELP = "New folder; its name is the model's id."

_handle_errors = click_errors(EmbedderError, TrainingError)


@click.group()
def training() -> None:
    """Fine-tune the shared encoder."""


def _numbers(
    separator: str,
) -> Callable[[click.Context, click.Parameter, str | None], tuple[int, ...]]:
    """Read whole numbers between a separator; none without a value."""

    def read(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[int, ...]:
        try:
            return tuple(int(part) for part in value.split(separator)) if value else ()
        except ValueError as error:
            raise click.BadParameter(f"expected whole numbers between {separator!r}") from error

    return read


@training.command()
@click.option(
    "--data", "files", type=_FILES, multiple=True, required=True, help="A writer's replies, JSONL."
)
@click.option("--also", type=_FILES, multiple=True, help="Any table, a task more: JSONL, CSV.")
@click.option("--label-column", default="label", show_default=True, help="Of the tables of --also.")
@click.option("--general", type=_FILES, multiple=True, help="Texts for --keep, without labels.")
@click.option(
    "--fold", metavar="K/N", callback=_numbers("/"), help="Leave out fold K of N, whole files."
)
@click.option("--out", type=_FOLDER, required=True, help=_OUT_HELP)
@model_option(usual="frozen")
@click.option("--layers", metavar="3,4,6", callback=_numbers(","), help="That heads will read.")
@click.option("--epochs", type=click.IntRange(1, 50), default=5, show_default=True)
@click.option("--batch-rows", type=click.IntRange(1), default=32, show_default=True)
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), default=1e-4)
@click.option("--varied", type=click.FloatRange(0, 1), default=0.4, show_default=True)
@click.option("--foreign", type=click.FloatRange(0, 1), default=0.5, show_default=True)
@click.option("--keep", type=click.FloatRange(0), default=0.0, show_default=True)
@click.option(
    "--dropout", type=click.FloatRange(0, 1, max_open=True), default=0.1, show_default=True
)
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--cache", type=_FOLDER, default=_CACHE, show_default=True, help="Keeps whole epochs."
)
@_handle_errors
def tune(
    files: tuple[Path, ...], also: tuple[Path, ...], label_column: str, general: tuple[Path, ...],
    fold: tuple[int, ...], out: Path, model: Path | None, cache: Path,
    **chosen: int | float | tuple[int, ...],
) -> None:  # fmt: skip
    """Tune ONE encoder for all heads of replies; a killed run goes on where it was.

    Each file is a writer's. A text is read once an epoch for all its labels, short ones with the
    mail that they answer. `--varied` is the share of texts that an epoch changes in a way that
    keeps their labels, `--foreign` that of short texts which are read with another's mail.
    `--keep` weighs how much the last layer must stay what it was on the texts of `--general`, or on
    these where there are none: what heads about other matters, and embeddings, are made of.
    """
    from heads.training.tuning.tasks import read_tasks, read_texts, reply_tasks
    from heads.training.tuning.tune import TuningPlan

    if general and not chosen["keep"]:
        raise click.UsageError("--general texts are read by --keep alone: give it a weight, say 10")
    kept, left_out, facts = _kept(files, fold)
    tasks = [*reply_tasks(kept, left_out), *read_tasks(also, [label_column])]
    plan = TuningPlan(**chosen)  # type: ignore[arg-type]
    _tune_into(out, cache, tasks, model, plan, facts, read_texts(general))


@training.command("tune-encoder")
@click.option(
    "--data",
    "files",
    type=_FILES,
    multiple=True,
    required=True,
    help="JSONL, CSV or Parquet.",
)
@click.option("--text-column", default="text", show_default=True)
@click.option(
    "--context-column", default=CONTEXT_COLUMN, show_default=True, help="The mail that it answers."
)
@click.option(
    "--label-column",
    "columns",
    multiple=True,
    default=("label",),
    show_default=True,
    help="May be repeated: every column of every file is a task.",
)
@click.option("--out", type=_FOLDER, required=True, help=_OUT_HELP)
@model_option(usual="frozen")
@click.option("--epochs", type=click.IntRange(1, 50), help="Default: by the number of rows.")
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--cache", type=_FOLDER, default=_CACHE, show_default=True, help="Keeps whole epochs."
)
@_handle_errors
def tune_encoder(
    files: tuple[Path, ...], text_column: str, context_column: str, columns: tuple[str, ...],
    out: Path, model: Path | None, epochs: int | None, seed: int, cache: Path,
) -> None:  # fmt: skip
    """Tune ONE encoder on all tasks at once and write it as a BERT folder."""
    from dataclasses import replace

    from heads.training.tuning.examples import join
    from heads.training.tuning.tasks import read_tasks
    from heads.training.tuning.tune import plan_for

    tasks = read_tasks(files, columns, text_column, context_column)
    plan = replace(plan_for(len(join(tasks))), seed=seed)
    if epochs is not None:
        plan = replace(plan, epochs=epochs)
    _tune_into(out, cache, tasks, model, plan, {})


@training.command()
@click.argument("tuned", type=_FOLDER)
@click.argument("out", type=_FOLDER)
@click.option("--base", type=_FOLDER, help=_MODEL_HELP)
@click.option("--name", help="The merged model's id; default: the name of TUNED.")
@_handle_errors
def adapter(tuned: Path, out: Path, base: Path | None, name: str | None) -> None:
    """Write what TUNED changed of its base as the small folder OUT; `embedder merge` reads it."""
    from embedder.checkpoint.folder import find_base, find_model
    from heads.training.tuning.adapter import write_adapter

    start = find_model(base) if base else find_base()
    name = name or tuned.resolve().name
    size = write_adapter(find_model(tuned), start, out, name)
    click.echo(f"{out}: {name} on {start.model_id}, {size / 1e6:.1f} MB")


def _kept(
    files: tuple[Path, ...], fold: tuple[int, ...]
) -> tuple[list[Path], list[Path], dict[str, object]]:
    """Return the files to learn from, those left out, and what the recipe says of them."""
    from hashlib import sha256

    from heads.training.tuning.tasks import fold_files

    left_out: list[Path] = []
    if fold:
        if len(fold) != 2 or not 1 <= fold[0] <= fold[1]:
            raise click.UsageError("--fold is K/N, with K from 1 to N")
        left_out = fold_files(files, fold[1])[fold[0] - 1]
    kept = sorted(set(files) - set(left_out))
    if not kept:
        raise click.UsageError("--fold leaves out every file")
    facts: dict[str, object] = {
        "fold": "/".join(map(str, fold)) if fold else None,
        "left_out": sorted(path.name for path in left_out),
        "files": {path.name: sha256(path.read_bytes()).hexdigest() for path in kept},
    }
    return kept, left_out, facts


def _tune_into(
    out: Path,
    cache: Path,
    tasks: list[Dataset],
    model: Path | None,
    plan: TuningPlan,
    facts: dict[str, object],
    general: Sequence[str] = (),
) -> None:
    from embedder.checkpoint.folder import find_base, find_model
    from heads.training.tuning.checkpoint import refuse_existing, tune_into

    refuse_existing(out)
    for task in tasks:
        click.echo(f"{task.task.name}: {len(task)} rows, {len(task.task.labels)} labels")
    start = find_model(model) if model else find_base()
    tune_into(out, cache, tasks, start, plan, facts, click.echo, general)
    click.echo(f"{out}: {start.model_id} tuned for {plan.epochs} epochs")
