"""Joins the rows of several tasks into texts that carry all their labels at once."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.training.data.dataset import Dataset

_Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Examples:
    """n texts with the labels of every task that has them.

    `contexts`: the mail that a text answers, "" where it is read alone. `targets`: per task
    (n, columns), zeros where the task has no label; `present` (n, tasks) marks where it has.
    """

    texts: tuple[str, ...]
    contexts: tuple[str, ...]
    targets: tuple[NDArray[np.float32], ...]
    present: NDArray[np.bool_]
    softmax: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def digest(self) -> str:
        """Hash every text, context and label, in order."""
        described = [self.texts, self.contexts, [t.shape[1] for t in self.targets], self.softmax]
        digest = hashlib.sha256(json.dumps(described).encode())
        for part in (self.present, *self.targets):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()


def join(tasks: Sequence[Dataset]) -> Examples:
    """Make one example of the rows of all tasks that are one row of one file.

    They are told by file, text and context; a text that a file has twice is two examples.
    """
    places: dict[_Key, int] = {}
    of_tasks = [[places.setdefault(key, len(places)) for key in _keys(task)] for task in tasks]
    present = np.zeros((len(places), len(tasks)), dtype=bool)
    targets = tuple(
        np.zeros((len(places), task.targets.shape[1]), dtype=np.float32) for task in tasks
    )
    for number, (task, rows) in enumerate(zip(tasks, of_tasks, strict=True)):
        present[rows, number] = True
        targets[number][rows] = task.targets
    return Examples(
        tuple(text for _, text, _, _ in places),
        tuple(context for _, _, context, _ in places),
        targets,
        present,
        tuple(task.task.kind == "softmax" for task in tasks),
    )


def with_texts(examples: Examples, texts: Sequence[str]) -> Examples:
    """Append texts that no task has a label of; distinct ones, that no example has."""
    known = {"", *examples.texts}
    fresh = [text for text in dict.fromkeys(texts) if text not in known]
    return Examples(
        (*examples.texts, *fresh),
        (*examples.contexts, *[""] * len(fresh)),
        tuple(np.pad(targets, ((0, len(fresh)), (0, 0))) for targets in examples.targets),
        np.pad(examples.present, ((0, len(fresh)), (0, 0))),
        examples.softmax,
    )


def _keys(task: Dataset) -> Iterator[_Key]:
    seen: Counter[tuple[str, str, str]] = Counter()
    for key in zip(task.sources, task.texts, task.contexts, strict=True):
        yield (*key, seen[key])
        seen[key] += 1
