"""Collects the labelled rows that versions of a head are compared on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heads.manifest import Manifest
from heads.training.data.dataset import Dataset, make_dataset
from heads.training.data.tables import Record
from heads.training.data.taxonomy import REPLY_TASKS, Task


@dataclass(frozen=True)
class Rows:
    """Labelled rows to compare on; `trusted`: the caller vouches for rows of unknown past."""

    records: Sequence[Record]
    text_column: str
    context_column: str
    label_column: str | None
    group_column: str
    trusted: bool


def dataset_of(manifests: Sequence[Manifest], rows: Rows) -> Dataset:
    """Collect the rows with the labels of all versions together. Raises DataError."""
    newest = manifests[-1]
    labels = tuple(dict.fromkeys(label for manifest in manifests for label in manifest.labels))
    reply = REPLY_TASKS.get(newest.name)
    column = rows.label_column or (reply.column if reply is not None else "label")
    parent = newest.depends_on
    task = Task(
        newest.name,
        newest.kind,
        labels,
        column,
        newest.description,
        parent.head if parent else None,
        parent.label if parent else None,
    )
    return make_dataset(
        task,
        rows.records,
        text_column=rows.text_column,
        context_column=rows.context_column,
        group_column=rows.group_column,
    )
