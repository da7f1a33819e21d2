"""Makes a head from a table of labelled texts: learnt, measured, written with its rows' keys."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from heads.bundle.reading import read_folder
from heads.bundle.writing import publish_to
from heads.errors import BundleExistsError
from heads.manifest import Manifest
from heads.storage.catalog import Catalog
from heads.training.building.inputs import FOLDS
from heads.training.building.train import Plan, train, write
from heads.training.data.dataset import Dataset, infer_task, label_counts, make_dataset
from heads.training.data.provenance import held_out, known_to_encoder
from heads.training.data.tables import Record
from heads.training.data.taxonomy import Task
from heads.training.errors import DataError, TooFewRowsError
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.recipe import Recipe, parse_members


@dataclass(frozen=True)
class Wanted:
    """A head to make: its name and labels, and the table's columns that hold them."""

    name: str
    labels: tuple[str, ...]
    description: str
    text_column: str
    context_column: str
    label_column: str
    group_column: str


@dataclass(frozen=True)
class Made:
    """A head that was made: what it learnt from, what was kept apart, how good it is.

    `warning` says, if anything, why the figures are better than the head.
    """

    manifest: Manifest
    rows: int
    apart: int
    evaluation: dict[str, Any]
    warning: str


def make_head(
    wanted: Wanted,
    records: Sequence[Record],
    members: str,
    store: EmbeddingStore,
    catalog: Catalog,
) -> Made:
    """Learn, judge out of fold, and put the bundle into the catalog under the next free number.

    Every fifth author by hash is kept apart, for the gate to judge this and later versions on.
    No version gets a role. Raises DataError for labels that the table does not hold or that were
    not named; TooFewRowsError where a label has too few rows to be judged.
    """
    data = make_dataset(
        _task(wanted, records),
        records,
        text_column=wanted.text_column,
        context_column=wanted.context_column,
        group_column=wanted.group_column,
    )
    apart = held_out(data)
    learnt = data.rows(np.flatnonzero(~apart))
    _enough(learnt)
    version = _next_version(catalog, wanted.name)
    plan = Plan(version=version, recipe=Recipe(parse_members(members)))
    trained = train(learnt, store, plan, lambda members, _: members)
    with tempfile.TemporaryDirectory(prefix="heads-new-") as scratch:
        folder = write(trained, learnt, store, Path(scratch), version)
        bundle = read_folder(folder)
        if catalog.stamps(f"{wanted.name}/{version}/*"):
            raise BundleExistsError(f"{wanted.name}/{version} was written by somebody else")
        publish_to(catalog, bundle)
    warning = known_to_encoder(learnt, store.tuned_on)
    return Made(bundle.manifest, len(learnt), int(apart.sum()), dict(trained.evaluation), warning)


def _task(wanted: Wanted, records: Sequence[Record]) -> Task:
    task = infer_task(
        wanted.name, records, label_column=wanted.label_column, description=wanted.description
    )
    if set(task.labels) != set(wanted.labels):
        raise DataError(
            f"column {wanted.label_column!r} holds {', '.join(task.labels)}; "
            f"--labels names {', '.join(wanted.labels)}"
        )
    return task if task.is_yes_no else replace(task, labels=wanted.labels)


def _enough(data: Dataset) -> None:
    counts = Counter(dict(label_counts(data)))
    few = [f"{label} {counts[label]}" for label in data.task.labels if counts[label] < FOLDS]
    if few:
        raise TooFewRowsError(f"each label needs {FOLDS} rows to learn from: {', '.join(few)}")


def _next_version(catalog: Catalog, name: str) -> str:
    # Any file counts: of a version whose writing was cut off, head.toml is what is not there.
    versions = [key.split("/")[1] for key in catalog.stamps(f"{name}/*/*")]
    return str(max((int(version) for version in versions if version.isdecimal()), default=0) + 1)
