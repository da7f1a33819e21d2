"""Holds what a study learns from and is judged on, and draws smaller samples of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.provenance import held_out, row_key, row_keys
from heads.training.data.tables import Record, read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import DataError

Indices = NDArray[np.int64]

SMALLEST, SIZES = 25, 7
"""Rows of the smallest sample, and how many sizes there are up to all rows."""
LEAST_ROWS = 10
"""Fewer rows cannot be cut into the folds that strengths are chosen by."""


@dataclass(frozen=True)
class Material:
    """Rows of one task to learn from, and rows by other writers to judge on.

    `others`: further tasks of the rows to learn from, which joint tuning learns beside. `newest`:
    the rows to learn from stand newest first, and a sample is the first of them.
    """

    name: str
    learnt: Dataset
    judged: Dataset
    others: tuple[Dataset, ...] = ()
    newest: bool = False


@dataclass(frozen=True)
class Sample:
    """What one point learns from, what it is judged on, and what its chance starts from."""

    learnt: Dataset
    others: tuple[Dataset, ...]
    judged: Dataset
    seed: int


def read_replies(
    head: str, learnt: Sequence[Path], judged: Sequence[Path], language: str
) -> Material:
    """Read a head of replies: rows of some writers to learn from, of others to judge on.

    `language`: a code, "" for all. Raises DataError where no row is left.
    """
    if head not in REPLY_TASKS:
        raise DataError(f"{head} is no head of replies: {', '.join(REPLY_TASKS)}")
    records = _spoken(read_records(learnt), language)
    others = [task for name, task in REPLY_TASKS.items() if name != head]
    return checked(
        Material(
            head,
            make_dataset(REPLY_TASKS[head], records),
            make_dataset(REPLY_TASKS[head], _spoken(read_records(judged), language)),
            tuple(
                make_dataset(task, records)
                for task in others
                if any(task.applies(record.fields) for record in records)
            ),
        )
    )


def read_table(path: Path, label_column: str) -> Material:
    """Read a folder with train.jsonl and test.jsonl, or a file whose every fifth writer judges.

    Without writers in the file every fifth text judges. Raises DataError for other folders.
    """
    if path.is_dir():
        learnt, judged = (read_records([path / f"{part}.jsonl"]) for part in ("train", "test"))
        task = infer_task(path.name, learnt, label_column=label_column)
        return checked(Material(path.name, make_dataset(task, learnt), make_dataset(task, judged)))
    records = read_records([path])
    data = make_dataset(infer_task(path.stem, records, label_column=label_column), records)
    apart = held_out(data)
    learnt_rows, judged_rows = np.flatnonzero(~apart), np.flatnonzero(apart)
    return checked(Material(path.stem, data.rows(learnt_rows), data.rows(judged_rows)))


def checked(material: Material) -> Material:
    """Leave out judged rows that are learnt, too. Raises DataError for what cannot be studied."""
    if material.learnt.task.kind != "softmax":
        raise DataError(f"{material.name}: the study is of heads of one label out of several")
    if len(material.learnt) < LEAST_ROWS:
        raise DataError(f"{material.name}: {len(material.learnt)} rows are too few to learn from")
    known = row_keys(material.learnt)
    keys = map(row_key, material.judged.texts, material.judged.contexts)
    kept = [row for row, key in enumerate(keys) if key not in known]
    if not kept:
        raise DataError(f"{material.name}: no row is left to judge on that is not learnt from")
    return replace(material, judged=material.judged.rows(np.array(kept, dtype=np.int64)))


def sizes_of(rows: int) -> tuple[int, ...]:
    """Return seven sizes from 25 to all rows, each so many times the last; fewer of few rows."""
    steps = np.geomspace(min(SMALLEST, rows), rows, SIZES)
    rounded = [round(size, 1 - int(np.log10(size))) for size in steps[:-1].tolist()]
    return tuple(sorted({*(int(size) for size in rounded if size < rows), rows}))


def draw(material: Material, rows: int, seed: int) -> Sample:
    """Draw so many rows to learn from; the smaller sample of a seed is part of the larger one.

    Every label has its share of each sample, to within a row. Raises DataError for fewer rows than
    can be learnt from, or more than there are.
    """
    if not LEAST_ROWS <= rows <= len(material.learnt):
        raise DataError(f"{material.name}: {LEAST_ROWS} to {len(material.learnt)} rows are drawn")
    order = np.arange(len(material.learnt)) if material.newest else _order(material.learnt, seed)
    learnt = material.learnt.rows(order[:rows])
    return Sample(learnt, _beside(learnt, material.others), material.judged, seed)


def digest_of(data: Dataset) -> str:
    """Hash the rows in their order: texts, contexts, writers, targets and truth."""
    described = [data.texts, data.contexts, data.authors, data.task.labels, data.task.kind]
    digest = hashlib.sha256(json.dumps(described).encode())
    for part in (data.targets, data.truth):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def _order(data: Dataset, seed: int) -> Indices:
    """Mix the rows so that the first n hold every label in its share, for every n."""
    random = np.random.default_rng(seed)
    strata = np.asarray(data.strata)
    places = np.empty(len(data))
    for label in np.unique(strata):
        rows = random.permutation(np.flatnonzero(strata == label))
        places[rows] = (np.arange(len(rows)) + random.random()) / len(rows)
    return np.argsort(places, kind="stable")


def _beside(learnt: Dataset, others: Sequence[Dataset]) -> tuple[Dataset, ...]:
    """Return other tasks' rows that are rows of the sample; a task without any is left out."""
    keys = set(zip(learnt.sources, learnt.texts, learnt.contexts, strict=True))
    parts = []
    for other in others:
        rows = zip(other.sources, other.texts, other.contexts, strict=True)
        chosen = [index for index, key in enumerate(rows) if key in keys]
        if chosen:
            parts.append(other.rows(np.array(chosen, dtype=np.int64)))
    return tuple(parts)


def _spoken(records: Sequence[Record], language: str) -> list[Record]:
    return [record for record in records if language in ("", record.fields.get("lang", language))]
