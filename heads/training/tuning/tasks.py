"""Reads labelled files as tasks for tuning: replies for their heads, or any file's columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.provenance import row_key
from heads.training.data.tables import CONTEXT_COLUMN, Record, read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import DataError


def reply_tasks(files: Sequence[Path], left_out: Sequence[Path] = ()) -> list[Dataset]:
    """Make a dataset of each default head's rows; one that no row teaches is left out.

    So is a row whose text a file of `left_out` holds too, whatever it answers there: an encoder
    that has seen the text could not judge that row. Raises DataError for an unreadable row or an
    unknown label.
    """
    apart = {_text_key(record) for record in read_records(left_out)} if left_out else set()
    records = [record for record in read_records(files) if _text_key(record) not in apart]
    return [
        make_dataset(task, records)
        for task in REPLY_TASKS.values()
        if any(task.applies(record.fields) for record in records)
    ]


def read_tasks(
    files: Sequence[Path],
    columns: Sequence[str],
    text_column: str = "text",
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


def read_texts(files: Sequence[Path]) -> list[str]:
    """Return the distinct texts of tables, in order, whatever their labels say."""
    texts = (str(record.fields.get("text") or "") for record in read_records(files))
    return list(dict.fromkeys(text for text in texts if text))


def fold_files(files: Sequence[Path], folds: int) -> list[list[Path]]:
    """Deal files out into folds of like numbers of rows: the largest first, to the emptiest.

    The order of `files` does not matter. Raises DataError for fewer files than folds.
    """
    if len(files) < folds:
        raise DataError(f"{len(files)} files cannot fill {folds} folds")
    sizes = {path: len(read_records([path])) for path in files}
    filled: list[list[Path]] = [[] for _ in range(folds)]
    for path in sorted(files, key=lambda path: (-sizes[path], path.name)):
        min(filled, key=lambda fold: sum(sizes[other] for other in fold)).append(path)
    return filled


def _text_key(record: Record) -> str:
    return row_key(str(record.fields.get("text") or ""))


def _labelled(value: object) -> bool:
    return value is not None and value != ""
