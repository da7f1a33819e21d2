"""Holds labelled rows of one task as arrays: texts, contexts, targets, truth, authors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heads.training.data.tables import CONTEXT_COLUMN, Record
from heads.training.data.taxonomy import YES_NO, Task
from heads.training.errors import DataError
from trunkline.reply_context import context_of

# Weight of the second labeller's opinion where two passes disagreed.
_ALTERNATIVE_SHARE = 0.2
AUTHOR_COLUMNS = ("native", "region", "industry", "name_origin")
"""Columns that may tell who wrote a row, for figures by such groups alone."""
MACHINE_MADE = "machine_made"
"""Column of what labelled a row, where no person did: nothing is judged by such rows."""
_YES = {"yes", "true", "1"}
_NO = {"no", "false", "0"}


@dataclass(frozen=True)
class Dataset:
    """n rows of one task.

    `contexts`: per row what the encoder reads as second segment, "" for none (`reply_context`).
    `targets` (n, columns): soft one-hot for softmax, 0/1 per label for sigmoid, one column for
    yes/no. `truth` (n,): the label's index; for yes/no 0 is yes; for several labels at once -1.
    `lenient`: per row the label indices that a second opinion also accepts, truth included.
    `strata`: what folds are balanced by. `authors` and `sources` group rows by who wrote them
    and by which file they came from; `languages` are codes, "" where a row has none.
    `recorded` holds those of AUTHOR_COLUMNS that some row has, "" where a row has none.
    `machine_made` marks rows that no person labelled, to learn from alone; empty without any.
    """

    task: Task
    texts: tuple[str, ...]
    contexts: tuple[str, ...]
    targets: NDArray[np.float32]
    truth: NDArray[np.int64]
    lenient: tuple[frozenset[int], ...]
    strata: tuple[str, ...]
    authors: tuple[str, ...]
    sources: tuple[str, ...]
    languages: tuple[str, ...]
    recorded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    machine_made: tuple[bool, ...] = ()

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def names_authors(self) -> bool:
        """Whether some rows are by one author; else nobody can be held out with all of theirs."""
        return len(set(self.authors)) < len(self.authors)

    def rows(self, chosen: NDArray[np.int64]) -> Dataset:
        """Return the chosen rows, in that order."""
        return Dataset(
            self.task,
            tuple(self.texts[i] for i in chosen),
            tuple(self.contexts[i] for i in chosen),
            self.targets[chosen],
            self.truth[chosen],
            tuple(self.lenient[i] for i in chosen),
            tuple(self.strata[i] for i in chosen),
            tuple(self.authors[i] for i in chosen),
            tuple(self.sources[i] for i in chosen),
            tuple(self.languages[i] for i in chosen),
            {column: tuple(values[i] for i in chosen) for column, values in self.recorded.items()},
            tuple(self.machine_made[i] for i in chosen) if self.machine_made else (),
        )


def make_dataset(
    task: Task,
    records: Sequence[Record],
    *,
    text_column: str = "text",
    context_column: str = CONTEXT_COLUMN,
    group_column: str = "author",
) -> Dataset:
    """Collect the rows that teach `task`. Rows without a group are each their own.

    Rows that a machine labelled are left out: nothing is judged by them.
    `context_column` holds the mail that a row answers; absent, null or "" is none. The encoder
    reads it with the replies that need it alone, as in serving.
    Raises DataError naming file:line for a missing text, an unknown or missing label.
    """
    return make_learnt_dataset(
        task,
        [record for record in records if not record.fields.get(MACHINE_MADE)],
        text_column=text_column,
        context_column=context_column,
        group_column=group_column,
    )


def make_learnt_dataset(
    task: Task,
    records: Sequence[Record],
    *,
    text_column: str = "text",
    context_column: str = CONTEXT_COLUMN,
    group_column: str = "author",
) -> Dataset:
    """Collect rows as `make_dataset` does, those that a machine labelled too: to learn from."""
    used = [record for record in records if task.applies(record.fields)]
    if not used:
        raise DataError(f"no row teaches {task.name}")
    texts = tuple(text_of(record, text_column) for record in used)
    labels_of_rows = [_labels(task, record) for record in used]
    truth = np.array([_truth(task, labels) for labels in labels_of_rows], dtype=np.int64)
    lenient = tuple(
        frozenset({index, *_alternatives(task, record)})
        for record, index in zip(used, truth.tolist(), strict=True)
    )
    return Dataset(
        task,
        texts,
        tuple(map(context_of, texts, (_outbound(r, context_column) for r in used))),
        _targets(task, labels_of_rows, lenient),
        truth,
        lenient,
        tuple(
            "+".join(sorted(labels)) if len(labels) < 2 else "several" for labels in labels_of_rows
        ),
        tuple(str(r.fields.get(group_column) or r.place) for r in used),
        tuple(r.path.stem for r in used),
        tuple(str(r.fields.get("lang") or "") for r in used),
        _recorded(used),
        _machine_made(used),
    )


def infer_task(
    name: str, records: Sequence[Record], *, label_column: str, description: str = ""
) -> Task:
    """Make a task of a column of any table.

    Lists mean several labels, yes/no or booleans one logit. Raises DataError for a single label.
    """
    values = [record.fields.get(label_column) for record in records]
    if any(isinstance(value, list) for value in values):
        several = {str(label) for value in values if isinstance(value, list) for label in value}
        return Task(name, "sigmoid", tuple(sorted(several)), label_column, description)
    names = {str(value).lower() for value in values if value is not None}
    if names and names <= _YES | _NO:
        return Task(name, "sigmoid", YES_NO, label_column, description)
    labels = sorted({str(value) for value in values if value is not None and value != ""})
    if len(labels) < 2:
        held = f"only the label {labels[0]!r}" if labels else "no label"
        raise DataError(f"column {label_column!r} holds {held}; two labels are needed")
    return Task(name, "softmax", tuple(labels), label_column, description)


def _recorded(records: Sequence[Record]) -> Mapping[str, tuple[str, ...]]:
    """Return the columns that say something of some row's author."""
    columns = {
        column: tuple(_plain(record.fields.get(column)) for record in records)
        for column in AUTHOR_COLUMNS
    }
    return {column: values for column, values in columns.items() if any(values)}


def _machine_made(records: Sequence[Record]) -> tuple[bool, ...]:
    marks = tuple(bool(record.fields.get(MACHINE_MADE)) for record in records)
    return marks if any(marks) else ()


def _plain(value: Any) -> str:
    if value is None or value == "":
        return ""
    word = str(value).lower()
    return "yes" if word in _YES else "no" if word in _NO else str(value)


def text_of(record: Record, column: str) -> str:
    """Return a row's text; raise DataError where it has none."""
    text = record.fields.get(column)
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"{record.place}: no text in column {column!r}")
    return text


def read_rows(
    records: Sequence[Record], text_column: str, context_column: str
) -> list[tuple[str, str]]:
    """Return each row's text and context as a dataset holds them, labelled or not.

    Raises DataError naming file:line for a missing text.
    """
    texts = [text_of(record, text_column) for record in records]
    outbound = [_outbound(record, context_column) for record in records]
    return [(text, context_of(text, mail)) for text, mail in zip(texts, outbound, strict=True)]


def _outbound(record: Record, column: str) -> str:
    outbound = record.fields.get(column) or ""
    if not isinstance(outbound, str):
        raise DataError(f"{record.place}: no text in column {column!r}")
    return outbound


def _labels(task: Task, record: Record) -> frozenset[str]:
    """Return the labels a row carries: exactly one, or any number for a task of several."""
    value = record.fields.get(task.column)
    if value is None or value == "":
        raise DataError(f"{record.place}: no label in column {task.column!r}")
    if isinstance(value, list):
        labels = frozenset(str(label) for label in value)
    elif task.is_yes_no and str(value).lower() in _YES | _NO:
        labels = frozenset({"yes" if str(value).lower() in _YES else "no"})
    else:
        labels = frozenset({str(value)})
    unknown = labels - set(task.labels)
    if unknown:
        raise DataError(f"{record.place}: {task.column} {', '.join(sorted(unknown))!r} is unknown")
    return labels


def _truth(task: Task, labels: frozenset[str]) -> int:
    several = task.kind == "sigmoid" and not task.is_yes_no
    return -1 if several else task.labels.index(next(iter(labels)))


def _alternatives(task: Task, record: Record) -> set[int]:
    given: Any = record.fields.get("alt_labels") or []
    labels = given if isinstance(given, list) else []
    return {task.labels.index(label) for label in labels if label in task.labels}


def _targets(
    task: Task, labels_of_rows: Sequence[frozenset[str]], lenient: Sequence[frozenset[int]]
) -> NDArray[np.float32]:
    if task.is_yes_no:
        return np.array([[float("yes" in labels)] for labels in labels_of_rows], dtype=np.float32)
    table = np.zeros((len(labels_of_rows), len(task.labels)), dtype=np.float32)
    for row, labels in enumerate(labels_of_rows):
        for label in labels:
            table[row, task.labels.index(label)] = 1.0
        others = [index for index in lenient[row] if index >= 0 and table[row, index] == 0.0]
        if task.kind == "softmax" and others:
            table[row] *= 1.0 - _ALTERNATIVE_SHARE
            table[row, others] = _ALTERNATIVE_SHARE / len(others)
    return table


def label_counts(data: Dataset) -> Mapping[str, int]:
    """Count the rows of each label."""
    hard = data.targets >= 0.5
    if data.task.is_yes_no:
        return {"yes": int(hard.sum()), "no": int(len(data) - hard.sum())}
    return {label: int(hard[:, index].sum()) for index, label in enumerate(data.task.labels)}
