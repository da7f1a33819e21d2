"""Labels rows that a head is sure of: how sure is measured on writers whom it had not met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heads.bundle.loading import head_of
from heads.bundle.reading import BundleFiles
from heads.training.building.evaluate import bundle_decisions, bundle_scores
from heads.training.data.dataset import MACHINE_MADE, Dataset, make_dataset, read_rows
from heads.training.data.provenance import held_out, row_key
from heads.training.data.tables import Record
from heads.training.data.taxonomy import Task
from heads.training.errors import DataError
from heads.training.evaluation.out_of_fold import Judged
from heads.training.fitting.calibrated_ensemble import label_scores_of
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.metrics import Bools, Floats, Ints, wilson_interval

_GRID = tuple(round(0.50 + step / 100, 2) for step in range(50))
# Both tails: the lower end of such an interval holds with 95 %.
_LEVEL = 0.90


@dataclass(frozen=True)
class Bounds:
    """From which probability on a label is given, and what came of that on held-out writers.

    `thresholds`: by label; labels that are never sure enough have none. `rows` were labelled of
    writers that had no say in the thresholds, `right` of them rightly; `low` is the lower end of
    the share, by 95 %, rows taken as independent.
    """

    thresholds: Mapping[str, float]
    rows: int
    right: int
    low: float


def bounds_of(judged: Judged, precision: float) -> Bounds:
    """Choose thresholds whose lower bound of precision is high enough, and check them.

    Each half of the writers is labelled by thresholds of the other half. Raises DataError where
    that bound is under `precision`, or nothing is sure enough.
    """
    writers = sorted(set(judged.data.authors))
    first = np.isin(np.asarray(judged.data.authors), writers[::2])
    rows = right = 0
    for chosen_on, checked_on in ((first, ~first), (~first, first)):
        limits = _thresholds(judged.rows(np.flatnonzero(chosen_on)), precision)
        checked = judged.rows(np.flatnonzero(checked_on))
        sure = _sure(checked.data.task, limits, checked.best, checked.confidence)
        rows, right = rows + int(sure.sum()), right + int(checked.correct[sure].sum())
    thresholds = _thresholds(judged, precision)
    low = wilson_interval(right, rows, _LEVEL)[0]
    if not thresholds or low < precision:
        raise DataError(
            f"{judged.data.task.name}: of {rows} rows labelled on held-out writers {right} are "
            f"right, at least {low:.3f} by 95 %, and {precision:.3f} was asked for"
        )
    return Bounds(thresholds, rows, right, low)


def keys_of(records: Sequence[Record], columns: Mapping[str, str]) -> frozenset[str]:
    """Return the keys of rows that are not to be labelled, whatever labels they carry.

    Each also as a row without a mail that it answers: `known` of `pseudo_labels`. Raises DataError
    for a row without a text.
    """
    rows = read_rows(records, columns["text_column"], columns["context_column"])
    return frozenset(row_key(text, each) for text, context in rows for each in (context, ""))


def pseudo_labels(
    bundle: BundleFiles,
    task: Task,
    records: Sequence[Record],
    store: EmbeddingStore,
    bounds: Bounds,
    *,
    known: frozenset[str],
    columns: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return the rows that the head is sure of, with their label and the mark of a machine.

    Left out are rows that have a label, those that the head abstains from, texts of `known` keys,
    repeats, and every fifth author by hash (see `held_out`): those judge a head of one's own. The
    rows that judge another head are no fifth of anything, so their keys belong into `known`.
    Raises DataError where no row is unlabelled.
    """
    # A label is asked of every row; it is not looked at.
    free = [
        Record(r.path, r.line, {**r.fields, task.column: task.labels[0]})
        for r in records
        if r.fields.get(task.column) in (None, "") and task.applies(r.fields)
    ]
    if not free:
        raise DataError(f"no row without a label in column {task.column!r}")
    data = make_dataset(task, free, **columns)
    best, confidence, abstained = _answers(bundle, data, store)
    sure = _sure(task, bounds.thresholds, best, confidence) & ~abstained & _usable(data, known)
    how = {"head": f"{task.name}/{bundle.manifest.version}", "precision": round(bounds.low, 4)}
    return [
        {
            **free[row].fields,
            task.column: task.labels[best[row]],
            MACHINE_MADE: {**how, "probability": round(float(confidence[row]), 4)},
        }
        for row in np.flatnonzero(sure)
    ]


def _answers(
    bundle: BundleFiles, data: Dataset, store: EmbeddingStore
) -> tuple[Ints, Floats, Bools]:
    """Return the likeliest label's index, its probability, and whether the head abstains."""
    head = head_of(bundle)
    best, abstained = bundle_decisions(head, data, store)
    table = label_scores_of(data.task, bundle_scores(head, data, store))
    return best, table[np.arange(len(best)), best], abstained


def _thresholds(judged: Judged, precision: float) -> dict[str, float]:
    """Return each label's least probability from which on the bound holds at every higher one."""
    limits = {}
    for index, label in enumerate(judged.data.task.labels):
        rows = judged.best == index
        for limit in reversed(_GRID):
            taken = rows & (judged.confidence >= limit)
            right, count = int(judged.correct[taken].sum()), int(taken.sum())
            if count and wilson_interval(right, count, _LEVEL)[0] >= precision:
                limits[label] = limit
            elif label in limits:
                break
    return limits


def _sure(task: Task, limits: Mapping[str, float], best: Ints, confidence: Floats) -> Bools:
    # No probability is over 1: a label without a limit is never given.
    needed = np.array([limits.get(label, 2.0) for label in task.labels])
    return np.asarray(confidence >= needed[best])


def _usable(data: Dataset, known: frozenset[str]) -> Bools:
    """Mark rows of a new text, the first of each, by no author whom the gate keeps apart."""
    seen, usable = set(known), ~held_out(data)
    for row, key in enumerate(map(row_key, data.texts, data.contexts)):
        usable[row] &= key not in seen
        seen.add(key)
    return usable
