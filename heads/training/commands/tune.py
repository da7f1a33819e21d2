"""Defines the command that fine-tunes the shared encoder: `heads tune-encoder`."""

from __future__ import annotations

from pathlib import Path

import click

from embedder.errors import EmbedderError
from heads.cli import click_errors
from heads.training.data.tables import CONTEXT_COLUMN
from heads.training.errors import TrainingError

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)

_handle_errors = click_errors(EmbedderError, TrainingError)


@click.group()
def training() -> None:
    """Fine-tune the shared encoder."""


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
@click.option("--out", type=_FOLDER, required=True, help="New folder; its name is the model's id.")
@click.option("--model", type=_FOLDER, help="BERT folder instead of the default encoder.")
@click.option("--epochs", type=click.IntRange(1, 50), help="Default: by the number of rows.")
@click.option("--seed", default=0, show_default=True)
@_handle_errors
def tune_encoder(
    files: tuple[Path, ...], text_column: str, context_column: str, columns: tuple[str, ...],
    out: Path, model: Path | None, epochs: int | None, seed: int,
) -> None:  # fmt: skip
    """Tune ONE encoder on all tasks at once and write it as a BERT folder."""
    from dataclasses import replace

    from embedder.checkpoint.folder import find_model
    from heads.training.tuning.checkpoint import refuse_existing, write_checkpoint
    from heads.training.tuning.tasks import read_tasks
    from heads.training.tuning.tune import plan_for, tune

    refuse_existing(out)
    tasks = read_tasks(files, columns, text_column, context_column)
    plan = replace(plan_for(sum(len(task) for task in tasks)), seed=seed)
    if epochs is not None:
        plan = replace(plan, epochs=epochs)
    for task in tasks:
        click.echo(f"{task.task.name}: {len(task)} rows, {len(task.task.labels)} labels")
    start = find_model(model)
    write_checkpoint(tune(tasks, start, plan), start, out, tasks)
    click.echo(f"{out}: {start.model_id} tuned for {plan.epochs} epochs")
