"""Shows what annotators dispute, takes what settles it, and makes training rows of the rest."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row

from gateway.annotation import queries, texts
from gateway.annotation.agreement import Agreement, Vote, agreements
from gateway.annotation.errors import NotBeforeYouError
from gateway.annotation.final import (
    ADJUDICATOR,
    ANNOTATOR,
    HELD_OUT,
    SETTLED,
    by_head,
    final_labels,
    judge,
)
from gateway.annotation.labelling import add, choices_of, require_label
from gateway.annotation.values import Dispute, Given
from gateway.prediction_log.annotations import words_of
from gateway.prediction_log.queries.locks import lock_annotation
from gateway.prediction_log.queries.training import mark_learnt
from gateway.prediction_log.sealing import Keys
from gateway.prediction_log.training_rows import AUTHOR, text_key
from gateway.prediction_log.values import LabelsOf, Reader


@dataclass
class Exported:
    """Training rows, and why other texts are none."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    unlabelled: int = 0
    disputed: int = 0
    held_out: int = 0
    without_words: int = 0


def next_dispute(
    connection: Connection, reader: Reader, labels_of: LabelsOf, keys: Keys | None
) -> Dispute | None:
    """Return the first head on which annotators of a text disagree; None where there is none."""
    rows = queries.items(connection, reader, queries.ITEM.c.state == "disputed")
    for row in rows:
        given = queries.labels(connection, [row.id])
        for head in _disputed(given):
            votes = Counter(g.label for g in given if g.head == head and g.role == ANNOTATOR)
            words = words_of(connection, row, keys)
            labels = choices_of(row, labels_of).get(head, ()) or tuple(votes)
            return Dispute(row.id, row.tenant, words, head, labels, votes, len(rows))
    return None


def adjudicate(connection: Connection, given: Given, reader: Reader, labels_of: LabelsOf) -> None:
    """Settle one head of a disputed text. Raises what `give` does."""
    lock_annotation(connection)
    row = queries.item(connection, given.item_id, reader)
    if row is None or row.state != "disputed":
        raise NotBeforeYouError
    labels = queries.labels(connection, [row.id])
    if given.head not in _disputed(labels):
        raise NotBeforeYouError
    choices = {given.head: tuple(label.label for label in labels), **choices_of(row, labels_of)}
    require_label(choices, given)
    add(connection, row, given, ADJUDICATOR, datetime.now(UTC))
    if not set(_disputed(labels)) - {given.head}:
        queries.set_state(connection, row.id, "resolved")
    judge(connection, row.id, labels_of)


def agreement(connection: Connection, reader: Reader) -> list[Agreement]:
    """Return how far annotators agree, before anything was settled."""
    ids = [row.id for row in queries.items(connection, reader)]
    labels = queries.labels(connection, ids, ANNOTATOR)
    return agreements(Vote(label.item_id, label.head, label.label, label.by) for label in labels)


def export(
    connection: Connection,
    reader: Reader,
    keys: Keys | None,
    *,
    annotated_once: bool = False,
    unlabelled: bool = False,
) -> Exported:
    """Return a row for each text that annotators agree on, or whose dispute was settled.

    A row has `id`, `text`, the heads with their labels as columns, `labelled_by`, `labelled_at`
    (the last of them), `author` (a digest of the subject) and `key`. With `annotated_once` texts
    that wait for another annotator are rows too, with `unlabelled` also those without a label.
    What people hold of the answers of these heads counts as learnt from then on.
    """
    exported = Exported()
    for row in queries.items(connection, reader):
        words = words_of(connection, row, keys)
        if words is None:
            exported.without_words += 1
        elif row.state == HELD_OUT or texts.is_held_out(connection, words):
            exported.held_out += 1
        else:
            labels = queries.labels(connection, [row.id])
            is_ready = annotated_once or row.state in SETTLED
            exported.disputed += len(_disputed(labels)) if is_ready else 0
            final = final_labels(labels) if is_ready else {}
            exported.unlabelled += not final
            if final or unlabelled:
                exported.rows.append(_row(row, words, final, labels))
            if final and row.prediction_id is not None:
                mark_learnt(connection, row.prediction_id, final)
    return exported


def _disputed(labels: list[Row[Any]]) -> list[str]:
    """Return the heads on which annotators disagree and that nobody has settled."""
    given = by_head(label for label in labels if label.role == ANNOTATOR)
    settled = {label.head for label in labels if label.role == ADJUDICATOR}
    return [head for head, values in given.items() if len(values) > 1 and head not in settled]


def _row(
    row: Row[Any], words: str, final: Mapping[str, str], labels: list[Row[Any]]
) -> dict[str, Any]:
    author = f"{row.tenant}\0{row.subject_ref or row.prediction_id or row.id}"
    of_final = [label for label in labels if final.get(label.head) == label.label]
    plain: dict[str, Any] = {
        "id": row.id,
        "text": words,
        **final,
        AUTHOR: hashlib.sha256(author.encode()).hexdigest()[:16],
        "key": text_key(words),
    }
    if of_final:
        plain["labelled_by"] = sorted({label.by for label in of_final})
        plain["labelled_at"] = max(label.at for label in of_final).isoformat()
    return plain
