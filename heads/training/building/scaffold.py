"""Makes a head from a table of labelled texts: checked, learnt, measured, written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
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
from heads.training.building.order import TrainingRecord
from heads.training.building.train import Plan, train
from heads.training.building.trained import write
from heads.training.building.wanted import Wanted, check_labels
from heads.training.data.dataset import Dataset, infer_task, label_counts, make_dataset
from heads.training.data.provenance import held_out, known_to_encoder
from heads.training.data.questions import (
    names_of_questions,
    question,
    several_labels,
    stripped,
)
from heads.training.data.repeats import learnt_once
from heads.training.data.tables import Record
from heads.training.data.taxonomy import Task
from heads.training.errors import DataError, TooFewRowsError
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.parallel import watched
from heads.training.fitting.recipe import Recipe

_TOLD = 10
"""Of how many labels an error tells the rows."""


@dataclass(frozen=True)
class Draft:
    """A head about to be made: nothing about its table is left that could be wrong.

    `apart`: rows kept for the gate.
    """

    wanted: Wanted
    learnt: Dataset
    apart: Dataset


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


def draft_heads(
    wanted: Wanted, records: Sequence[Record], note: Callable[[str], None]
) -> list[Draft]:
    """Check the table and return the heads that it makes: one, or a question for each label.

    Every fifth author by hash is kept apart, for the gate to judge this and later versions on.
    `note` is told what was left out and why. Raises DataError for columns that are not there,
    labels that cannot be or were not named; TooFewRowsError where a label has too few rows to be
    judged.
    """
    rows = learnt_once(
        stripped(records, wanted.label_column),
        wanted.text_column,
        wanted.context_column,
        wanted.label_column,
        note,
    )
    labels = several_labels(rows, wanted.label_column)
    if labels is None:
        return [_draft(wanted, rows)]
    return _questions(wanted, rows, labels, note)


def _questions(
    wanted: Wanted,
    records: Sequence[Record],
    labels: Sequence[frozenset[str]],
    note: Callable[[str], None],
) -> list[Draft]:
    distinct = sorted(frozenset().union(*labels))
    note(f"rows with several labels: one yes/no head for each of {len(distinct)}")
    drafts, few = [], []
    for label, name in names_of_questions(wanted.name, distinct).items():
        wish = replace(wanted, name=name, labels=(), label=label)
        wish.check()
        try:
            drafts.append(_draft(wish, question(records, wanted.label_column, labels, label)))
        except TooFewRowsError as error:
            few.append(f"no head for {label!r}: {error}")
    if not drafts:
        raise TooFewRowsError("; ".join(few))
    for line in few:
        note(line)
    return drafts


def _draft(wanted: Wanted, records: Sequence[Record]) -> Draft:
    data = make_dataset(
        _task(wanted, records),
        records,
        text_column=wanted.text_column,
        context_column=wanted.context_column,
        group_column=wanted.group_column,
    )
    apart = held_out(data)
    draft = Draft(wanted, data.rows(np.flatnonzero(~apart)), data.rows(np.flatnonzero(apart)))
    _enough(draft)
    return draft


def make_head(
    draft: Draft,
    recipe: Recipe,
    store: EmbeddingStore,
    catalog: Catalog,
    record: TrainingRecord | None = None,
) -> Made:
    """Learn, judge out of fold, and put the bundle into the catalog under the next free number.

    No version gets a role, and the head answers callers who name it; `record` goes into the bundle.
    Raises BundleExistsError where somebody else took the number meanwhile.
    """
    name, learnt = draft.wanted.name, draft.learnt
    version = next_version(catalog, name)
    plan = Plan(version=version, recipe=recipe, default=False)
    trained = replace(train(learnt, store, plan, watched), record=record)
    with tempfile.TemporaryDirectory(prefix="heads-new-") as scratch:
        folder = write(trained, learnt, store, Path(scratch), version)
        bundle = read_folder(folder)
        if catalog.stamps(f"{name}/{version}/*"):
            raise BundleExistsError(f"{name}/{version} was written by somebody else")
        publish_to(catalog, bundle)
    warning = known_to_encoder(learnt, store.tuned_on)
    return Made(bundle.manifest, len(learnt), len(draft.apart), dict(trained.evaluation), warning)


def _task(wanted: Wanted, records: Sequence[Record]) -> Task:
    """Return the task of the column, in the order that `labels` name, if they do."""
    task = infer_task(wanted.name, records, label_column=wanted.label_column)
    check_labels(task.labels)
    task = replace(task, description=wanted.describe(task.labels))
    if not wanted.labels:
        return task
    if set(task.labels) != set(wanted.labels):
        missing = ", ".join(sorted(set(wanted.labels) - set(task.labels)))
        unnamed = ", ".join(sorted(set(task.labels) - set(wanted.labels)))
        raise DataError(
            f"column {wanted.label_column!r} and --labels differ: only the column has "
            f"{unnamed or 'none'}, only --labels {missing or 'none'}; --labels may be left out"
        )
    return task if task.is_yes_no else replace(task, labels=wanted.labels)


def _enough(draft: Draft) -> None:
    counts, apart = label_counts(draft.learnt), label_counts(draft.apart)
    few = [label for label, count in counts.items() if count < FOLDS]
    if few:
        told = [
            f"{label} {counts[label]}" + (f" ({apart[label]} kept apart)" if apart[label] else "")
            for label in few[:_TOLD]
        ]
        rest = f" and {len(few) - _TOLD} other labels" if len(few) > _TOLD else ""
        raise TooFewRowsError(
            f"each label needs {FOLDS} rows to learn from, beside those kept apart for the gate: "
            f"{', '.join(told)}{rest}"
        )


def next_version(catalog: Catalog, name: str) -> str:
    """Return the number after the highest one that the head has."""
    # Any file counts: of a version whose writing was cut off, head.toml is what is not there.
    versions = [key.split("/")[1] for key in catalog.stamps(f"{name}/*/*")]
    return str(max((int(version) for version in versions if version.isdecimal()), default=0) + 1)
