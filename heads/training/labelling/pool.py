"""Reads rows to choose from: labelled or not, in what encoder space, and which are kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.training.data.dataset import MACHINE_MADE, infer_task, make_dataset, text_of
from heads.training.data.provenance import held_out_rows, row_key
from heads.training.data.tables import CONTEXT_COLUMN, Record
from heads.training.errors import DataError
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.features import make_features
from heads.training.labelling.selection import HeadLabels
from heads.training.metrics import Bools
from trunkline.reply_context import context_of


@dataclass(frozen=True)
class Pool:
    """n rows: x (n, features) of length 1, labels by head, who wrote them, and which are free.

    `free`: neither labelled for every head, nor kept apart for the gate, nor among the rows of an
    evaluation, nor a repeat of an earlier row. `labels`: each head's, in the order of its columns.
    """

    records: tuple[Record, ...]
    x: NDArray[np.float32]
    heads: tuple[HeadLabels, ...]
    labels: dict[str, tuple[str, ...]]
    authors: tuple[str, ...]
    free: Bools


def make_pool(
    records: Sequence[Record],
    columns: Sequence[str],
    store: EmbeddingStore,
    views: Sequence[str],
    *,
    text_column: str = "text",
    never: Sequence[Record] = (),
) -> Pool:
    """Embed all rows and collect what is labelled in each column; a column is a head.

    Rows without a label, and those of `never`, are looked at by the same hash of their author as
    `heads new` keeps rows apart by. Raises DataError for a row without a text.
    """
    texts = [text_of(record, text_column) for record in records]
    contexts = [
        context_of(text, str(record.fields.get(CONTEXT_COLUMN) or "")) or ""
        for text, record in zip(texts, records, strict=True)
    ]
    keys = list(map(row_key, texts, contexts))
    authors = tuple(str(r.fields.get("author") or r.place) for r in records)
    named = [_head(column, records) for column in columns]
    labelled = np.all([head.known for head, _ in named], axis=0)
    evaluated = {row_key(text_of(record, text_column)) for record in never}
    apart = held_out_rows(authors, texts)
    first = {key: row for row, key in reversed(list(enumerate(keys)))}
    repeated = np.array([first[key] != row for row, key in enumerate(keys)], dtype=bool)
    known = np.array([row_key(text) in evaluated for text in texts], dtype=bool)
    vectors = make_features(store.vectors(texts, views, contexts), texts, None)
    x = vectors.views(views, np.arange(len(texts))) / np.float32(np.sqrt(len(views)))
    return Pool(
        tuple(records),
        x,
        tuple(head for head, _ in named),
        {head.name: labels for head, labels in named},
        authors,
        ~labelled & ~apart & ~known & ~repeated,
    )


def _head(column: str, records: Sequence[Record]) -> tuple[HeadLabels, tuple[str, ...]]:
    """Return a column's labels; of yes/no heads the first column is yes."""
    known = np.array([_has_label(record, column) for record in records], dtype=bool)
    some = [record for record, has in zip(records, known, strict=True) if has]
    try:
        task = infer_task(column, some, label_column=column)
    except DataError:  # one label or none: nothing to learn yet
        return HeadLabels(column, False, np.zeros((len(records), 1), np.float32), known), ()
    if task.kind == "sigmoid" and not task.is_yes_no:
        raise DataError(f"column {column!r} holds several labels a row; choose for each by itself")
    data = make_dataset(task, some)
    targets = np.zeros((len(records), data.targets.shape[1]), dtype=np.float32)
    targets[known] = data.targets
    return HeadLabels(column, task.kind == "softmax", targets, known), task.labels


def _has_label(record: Record, column: str) -> bool:
    """Whether a person labelled the row; what a machine said of it may still be asked for."""
    return record.fields.get(column) not in (None, "") and not record.fields.get(MACHINE_MADE)
