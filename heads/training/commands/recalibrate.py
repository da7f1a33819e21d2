"""Defines `heads recalibrate`: a version whose thresholds are chosen on one's own rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heads.cli import click_errors
from heads.errors import HeadsError
from heads.training.commands.encoders import model_option, open_store
from heads.training.commands.train import CACHE, CATALOG, next_version
from heads.training.data.tables import CONTEXT_COLUMN, read_records
from heads.training.errors import TrainingError

if TYPE_CHECKING:
    from heads.training.building.recalibrate import Recalibrated

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def training() -> None:
    """Fit heads to one's own mail."""


@training.command()
@click.argument("name")
@click.option(
    "--data", "files", type=_FILES, multiple=True, required=True, help="100 own rows or more."
)
@click.option("--version", help="Which to start from (default: the version in production).")
@click.option("--text-column", default="text", show_default=True)
@click.option("--context-column", default=CONTEXT_COLUMN, show_default=True)
@click.option("--label-column", help="Column of the label; reply heads know theirs.")
@click.option("--group-column", default="author", show_default=True, help="Who wrote it.")
@click.option("--catalog", type=_FOLDER, default=CATALOG, help="Folder of heads.")
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True)
@model_option()
@click_errors(TrainingError, HeadsError)
def recalibrate(
    name: str, files: tuple[Path, ...], version: str | None, text_column: str,
    context_column: str, label_column: str | None, group_column: str, catalog: Path, cache: Path,
    model: Path | None,
) -> None:  # fmt: skip
    """Choose NAME's temperature and thresholds anew on your rows; written as a new version."""
    from heads.bundle.reading import read_folder
    from heads.training.building import recalibrate as work
    from heads.training.building.evaluate import bundle_folder
    from heads.training.gate.rows import Rows, dataset_of

    bundle = read_folder(bundle_folder(catalog, name, version))
    columns = (text_column, context_column, label_column, group_column)
    data = dataset_of((bundle.manifest,), Rows(read_records(files), *columns, trusted=True))
    done = work.recalibrate(bundle, data, open_store(cache, model))
    folder = work.write_recalibrated(catalog, done, next_version(catalog / name))
    for line in _report(done):
        click.echo(line)
    click.echo(f"{folder}: the same weights; it answers after, on rows it was not fitted to,")
    click.echo(f"  heads promote {name} {folder.name} --data FILE --yes")


def _report(done: Recalibrated) -> Iterator[str]:
    from heads.training.evaluation.trust_tables import target_table
    from heads.training.fitting.recalibration import LABEL_ROWS

    version = f"{done.bundle.manifest.name} {done.bundle.manifest.version}"
    yield f"{len(done.data)} rows, {done.left_out} left out that {version} learnt from"
    yield f"calibration: {done.old.calibration()} -> {done.new.calibration()}"
    for label, threshold in done.new.thresholds.items():
        kept = f" (kept: under {LABEL_ROWS} rows)" if label in done.new.kept else ""
        yield f"threshold of {label}: {done.old.thresholds[label]:.4f} -> {threshold:.4f}{kept}"
    for when, its in (("before", done.before), ("after, each row held out", done.after)):
        yield (
            f"{when}: {its['answered_accuracy']:.3f} of what is answered, at coverage "
            f"{its['coverage']:.2f}; calibration error {its['ece']:.3f}"
        )
    yield from target_table(done.after["labels"])
    if all(done.after[name] <= done.before[name] for name in ("answered_accuracy", "coverage")):
        yield f"no better than {version} on these rows: its thresholds may be the safer ones"
