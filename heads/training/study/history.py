"""Orders dated rows in time, so that a study can say by how much older rows help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from heads.training.data.dataset import infer_task, make_dataset
from heads.training.data.tables import Record, read_records
from heads.training.errors import DataError
from heads.training.study.material import LEAST_ROWS, Material, checked

COLUMNS = ("date", "created")
"""Where a row holds when it was written: ISO 8601, or seconds since 1970."""
SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
"""How much of the history is learnt from, newest first."""
_JUDGED = 0.2


def read_history(files: Sequence[Path], label_column: str) -> tuple[Material, Material]:
    """Return the dated rows as material whose samples are the newest rows, or of all times.

    The newest fifth of the rows judges both, and no writer of it is learnt from. Rows without a
    date are left out; raises DataError where none has one.
    """
    records = [record for record in read_records(files) if _date(record) is not None]
    if not records:
        raise DataError(f"no row carries {' or '.join(map(repr, COLUMNS))}: history needs dates")
    records.sort(key=lambda record: -(_date(record) or 0.0))
    name = Path(files[0]).stem
    data = make_dataset(infer_task(name, records, label_column=label_column), records)
    judged = data.rows(np.arange(max(1, round(_JUDGED * len(data)))))
    writers = set(judged.authors)
    older = [row for row in range(len(judged), len(data)) if data.authors[row] not in writers]
    if not older:
        raise DataError(f"{name}: whoever wrote the newest rows wrote all older ones, too")
    every = checked(Material(f"{name}, of all times", data.rows(np.array(older)), judged))
    return replace(every, name=f"{name}, newest", newest=True), every


def sizes_of_history(rows: int) -> tuple[int, ...]:
    """Return how many rows the newest eighth, quarter, half and all of them are."""
    return tuple(dict.fromkeys(max(LEAST_ROWS, round(share * rows)) for share in SHARES))


def _date(record: Record) -> float | None:
    """Return when a row was written, in seconds since 1970; None where it does not tell.

    Raises DataError for a date that cannot be read.
    """
    value = next((record.fields[name] for name in COLUMNS if record.fields.get(name)), None)
    if value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        written = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise DataError(f"{record.place}: not a date of ISO 8601") from error
    return (written if written.tzinfo else written.replace(tzinfo=UTC)).timestamp()
