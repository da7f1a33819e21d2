"""Reads labelled files as tasks for tuning: every label column of every file is one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.tables import CONTEXT_COLUMN, read_records
from heads.training.errors import DataError


def read_tasks(
    files: Sequence[Path],
    columns: Sequence[str],
    text_column: str,
    context_column: str = CONTEXT_COLUMN,
) -> list[Dataset]:
    """Make a dataset for each column that a file has; rows without a label are left out.

    Raises DataError for a file that has none of the columns, or for fewer than two labels.
    """
    tasks = []
    for path in files:
        records = read_records([path])
        present = [name for name in columns if any(_labelled(r.fields.get(name)) for r in records)]
        if not present:
            raise DataError(f"{path}: no label in column {' or '.join(map(repr, columns))}")
        for column in present:
            used = [record for record in records if _labelled(record.fields.get(column))]
            task = infer_task(f"{path.stem} {column}", used, label_column=column)
            tasks.append(
                make_dataset(task, used, text_column=text_column, context_column=context_column)
            )
    return tasks


def _labelled(value: object) -> bool:
    return value is not None and value != ""
