"""Turns accepted corrections into training rows, none of which is in a frozen test set."""

import hashlib
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row

from gateway.prediction_log import tenant_keys
from gateway.prediction_log.queries import training
from gateway.prediction_log.sealing import Keys
from gateway.prediction_log.values import ANNOTATION

AUTHOR = "author"
"""The column that keeps rows of one subject together in a split."""


@dataclass
class Exported:
    """Training rows, and why the other corrections are none."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    without_words: int = 0
    frozen: int = 0
    disputed: int = 0


def text_key(text: str) -> str:
    """Return the key of a text: spacing and letter case make no other one."""
    return hashlib.sha256(" ".join(text.split()).casefold().encode()).hexdigest()[:32]


def export(
    connection: Connection, keys: Keys | None, frozen: Set[str], *, redacted: bool = False
) -> Exported:
    """Return a row for each prediction that accepted corrections give labels to.

    A row has `text`, the corrected heads with their labels as columns, `labelled_by`,
    `labelled_at` (the last of them), `author` (a digest of the subject), `prediction_id` and `key`.
    Left out are those of which no words are kept or readable (`redacted` ones unless asked for),
    whose key is in `frozen` or held out of the queue, and heads that are disputed. What annotators
    settled alone is exported from the queue.
    """
    exported = Exported()
    accepted = training.accepted(connection)
    judging = frozen | training.held_out(connection)
    for _, group in groupby(accepted, lambda row: row.prediction_id):
        corrections = list(group)
        if any(correction.source != ANNOTATION for correction in corrections):
            _add(exported, connection, corrections, keys, judging, redacted=redacted)
    training.mark_exported(connection, exported.ids)
    return exported


def _add(
    exported: Exported,
    connection: Connection,
    corrections: list[Row[Any]],
    keys: Keys | None,
    frozen: Set[str],
    *,
    redacted: bool,
) -> None:
    labels, disputed = _labels(corrections)
    exported.disputed += disputed
    text = _text(connection, corrections[0], keys, redacted=redacted)
    if text is None or not labels:
        exported.without_words += text is None
        return
    key = text_key(text)
    if key in frozen:
        exported.frozen += 1
        return
    first = corrections[0]
    learnt = [each for each in corrections if each.head in labels]
    author = f"{first.tenant}\0{first.subject_ref or first.prediction_id}"
    exported.rows.append(
        {
            "text": text,
            **labels,
            "labelled_by": sorted({each.by for each in learnt}),
            "labelled_at": max(each.at for each in learnt).isoformat(),
            AUTHOR: hashlib.sha256(author.encode()).hexdigest()[:16],
            "prediction_id": first.prediction_id,
            "key": key,
        }
    )
    exported.ids += [each.id for each in learnt]


def _labels(corrections: list[Row[Any]]) -> tuple[Mapping[str, str], int]:
    """Return the label of each head on which all agree, and the number of heads on which not."""
    given: dict[str, set[str]] = {}
    for correction in corrections:
        given.setdefault(correction.head, set()).add(correction.label)
    agreed = {head: next(iter(labels)) for head, labels in given.items() if len(labels) == 1}
    return agreed, len(given) - len(agreed)


def _text(
    connection: Connection, row: Row[Any], keys: Keys | None, *, redacted: bool
) -> str | None:
    if row.ciphertext is None or (row.level == "redacted" and not redacted):
        return None
    context = f"{row.prediction_id}/text"
    content = tenant_keys.opened(connection, row.key_id, row.ciphertext, keys, context)
    return None if content is None else content.decode("utf-8", "replace")
