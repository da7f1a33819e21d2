"""Reads what behaviour is measured on: cases, answers to mails, mails, and clear replies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heads.training.data.near_duplicates import folded
from heads.training.data.tables import CONTEXT_COLUMN, Record, read_records
from heads.training.data.taxonomy import Task
from heads.training.errors import DataError
from trunkline.reply_context import needs_context

DATA = Path(__file__).parents[2] / "data"
_UNDECIDED = "other"
_LANGUAGE = "en"

SecondLabels = Mapping[tuple[str, str], Mapping[str, Any]]
"""A row's labels by the blind second pass, by its file's stem and the digest of its text."""


@dataclass(frozen=True)
class Material:
    """`cases`: clear texts without a mail, written for this suite and never learnt from.

    `answers`: replies that mean something only beside their mail. `mails`: ours, which must not
    matter to a clear reply; none of them is in the corpus. `replies`: the corpus, of which the
    clear ones are taken; `second` are its blind second labels.
    """

    cases: tuple[Record, ...]
    answers: tuple[Record, ...]
    mails: tuple[str, ...]
    replies: tuple[Record, ...]
    second: SecondLabels


def read_material(folder: Path = DATA) -> Material:
    """Read the shipped material. Raises DataError for a file that is missing or unreadable."""
    own, writers = folder / "behaviour", (folder / "replies", folder / "held_out")
    return Material(
        tuple(read_records([own / "cases.jsonl"])),
        tuple(read_records([own / "answers.jsonl"])),
        tuple(str(record.fields["text"]) for record in read_records([own / "outbound.jsonl"])),
        tuple(read_records(writers)),
        _second_labels(folder / "second_pass.jsonl"),
    )


def clear_replies(task: Task, replies: Sequence[Record], second: SecondLabels) -> list[Record]:
    """Return the short English replies whose label no mail of ours may change.

    The writer and a second labeller, neither of whom had a mail of ours before him, gave the same
    intent and the same label of this task, and no other was thought of. Only replies so short that
    serving would read a mail with them count. Left out is what has the intent "other", which the
    guide also gives to words that decide nothing alone, and any text that elsewhere answers a mail.
    """
    answers = {folded(_text(r)) for r in replies if r.fields.get(CONTEXT_COLUMN)}
    clear: dict[str, Record] = {}
    for record in replies:
        text = folded(_text(record))
        if text not in answers and _is_clear(task, record, second):
            clear.setdefault(text, record)
    return list(clear.values())


def label_of(task: Task, record: Record) -> str:
    """Return the row's label of a task with one label a row."""
    value = record.fields[task.column]
    if task.is_yes_no:
        return "yes" if value else "no"
    return str(value)


def _is_clear(task: Task, record: Record, second: SecondLabels) -> bool:
    fields, text = record.fields, _text(record)
    if not needs_context(text) or fields.get(CONTEXT_COLUMN) or fields.get("alt_labels"):
        return False
    if (
        fields["intent"] == _UNDECIDED
        or fields.get("lang") != _LANGUAGE
        or not task.applies(fields)
    ):
        return False
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    other = second.get((record.path.stem, digest), {})
    return all(
        column in other and other[column] == fields[column] for column in ("intent", task.column)
    )


def _text(record: Record) -> str:
    return str(record.fields["text"])


def _second_labels(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {(str(row["file"]), str(row["text_sha256"])): row for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: cannot be read: {error!r}") from error
