"""Defines `heads pseudo-label`: rows that a head is sure of, labelled and marked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heads.bundle.reading import read_folder
from heads.cli import click_errors
from heads.errors import HeadsError
from heads.storage.atomic_files import replace_file
from heads.training.commands.encoders import model_option, open_store, warn_of_known
from heads.training.commands.train import (
    CACHE,
    CATALOG,
    CORPUS,
    HELD_OUT,
    fold_models_option,
    task_of,
)
from heads.training.data.tables import CONTEXT_COLUMN, Record, read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import TrainingError

if TYPE_CHECKING:
    from heads.training.building.pseudo_labels import Bounds

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def training() -> None:
    """Label by machine."""


@training.command("pseudo-label")
@click.argument("name")
@click.option("--unlabelled", type=_FILES, multiple=True, required=True, help="Rows to label.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--data", "files", type=_FILES, multiple=True, help="Labelled rows (the corpus).")
@click.option("--apart", type=_FILES, multiple=True, help="Never label these texts; see below.")
@click.option(
    "--precision", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True,
    help="Least share of right labels, as its lower bound by 95 % on held-out writers.",
)  # fmt: skip
@click.option("--version", help="Default: the version in production.")
@click.option("--text-column", default="text", show_default=True)
@click.option("--context-column", default=CONTEXT_COLUMN, show_default=True)
@click.option("--label-column", help="Column of the label; not for the reply heads.")
@click.option("--group-column", default="author", show_default=True, help="Who wrote it.")
@click.option("--catalog", type=_FOLDER, default=CATALOG, help="Folder of heads.")
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True)
@model_option()
@fold_models_option
@click_errors(TrainingError, HeadsError)
def pseudo_label(
    name: str, unlabelled: tuple[Path, ...], out: Path, files: tuple[Path, ...],
    apart: tuple[Path, ...], precision: float, version: str | None, text_column: str,
    context_column: str, label_column: str | None, group_column: str, catalog: Path, cache: Path,
    model: Path | None, fold_models: tuple[Path, ...],
) -> None:  # fmt: skip
    """Label the rows that NAME is sure of, for `heads train`, which never judges by them.

    How sure it must be is chosen and checked on labelled rows whose writers the refitted head had
    not met; nothing is written where the precision asked for is not reached there. Rows that
    `heads promote` judges by must not be learnt from: --apart names their files; those of the
    reply heads are apart in any case.
    """
    from heads.training.building.evaluate import bundle_folder, judge_held_out
    from heads.training.building.pseudo_labels import bounds_of, pseudo_labels
    from heads.training.data.dataset import make_dataset
    from heads.training.data.provenance import known_rows, row_keys
    from heads.training.fitting.cross_fit import open_cross_fit

    folder, records = bundle_folder(catalog, name, version), read_records(files or (CORPUS,))
    columns = {
        "text_column": text_column, "context_column": context_column, "group_column": group_column
    }  # fmt: skip
    data = make_dataset(task_of(name, records, label_column), records, **columns)
    store = open_store(cache, model)
    cross_fit = open_cross_fit(fold_models, partial(open_store, cache))
    warn_of_known(data, store, cross_fit)
    judged = judge_held_out(folder, data, store, cross_fit=cross_fit)[1]
    bounds, bundle = bounds_of(judged, precision), read_folder(folder)
    known = row_keys(data) | (known_rows(bundle) or frozenset())
    known |= keys_apart(name, read_records(apart), columns)
    rows = pseudo_labels(
        bundle, data.task, read_records(unlabelled), store, bounds, known=known, columns=columns
    )
    _write(rows, out)
    _report(bounds)
    counts = Counter(str(row[data.task.column]) for row in rows)
    click.echo(f"{out}: {len(rows)} rows, {', '.join(f'{k} {n}' for k, n in counts.items())}")


def keys_apart(name: str, records: Sequence[Record], columns: Mapping[str, str]) -> frozenset[str]:
    """Return the keys of rows that judge the head `name`; of a reply head those that ship too."""
    from heads.training.building.pseudo_labels import keys_of

    shipped = read_records([HELD_OUT]) if name in REPLY_TASKS else []
    named_so = {"text_column": "text", "context_column": CONTEXT_COLUMN}
    return keys_of(records, columns) | keys_of(shipped, named_so)


def _write(rows: list[dict[str, Any]], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows]
    replace_file(out, "".join(lines).encode())


def _report(bounds: Bounds) -> None:
    for label, limit in bounds.thresholds.items():
        click.echo(f"{label}: from {limit:.2f} on")
    click.echo(
        f"on held-out writers {bounds.right} of {bounds.rows} such labels are right, at least "
        f"{bounds.low:.3f} by 95 %"
    )
