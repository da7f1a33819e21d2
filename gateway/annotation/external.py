"""Takes annotations that were made in another tool: each once, changed or withdrawn by its id."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection

from gateway.annotation import queries, texts
from gateway.annotation.final import HELD_OUT
from gateway.annotation.labelling import choices_of, settle, store
from gateway.annotation.texts import Sealing
from gateway.annotation.values import Given, NewText
from gateway.prediction_log.queries.locks import lock_annotation
from gateway.prediction_log.values import LabelsOf, Reader


@dataclass(frozen=True)
class Annotation:
    """A text with its labels by head; `external_id` is the same for every delivery of it."""

    external_id: str
    source: str
    by: str
    text: str = field(repr=False)
    labels: Mapping[str, str]
    choices: Mapping[str, tuple[str, ...]]
    tenant: str = ""
    item_id: str | None = None


def take(
    connection: Connection,
    annotation: Annotation,
    reader: Reader,
    labels_of: LabelsOf,
    how: Sealing,
) -> bool:
    """Store an annotation's labels in place of those that it brought before.

    Its text is put into the queue where it is not in it, labelled by one annotator. Return whether
    anything changed: not for the same again, nor for a text that judges heads.
    """
    lock_annotation(connection)
    if texts.is_held_out(connection, annotation.text):
        return False
    item_id = _item_id(connection, annotation, reader, how)
    row = None if item_id is None else queries.item(connection, item_id, reader)
    if row is None or row.state == HELD_OUT:
        return False
    before = queries.of_external(connection, annotation.external_id)
    known = choices_of(row, labels_of)
    wanted = {h: label for h, label in annotation.labels.items() if label in known.get(h, ())}
    same = {label.head for label in before if wanted.get(label.head) == label.label}
    gone = [label.id for label in before if label.head not in same]
    queries.undo_labels(connection, gone, datetime.now(UTC))
    for head in wanted.keys() - same:
        given = Given(
            row.id, head, wanted[head], annotation.by, annotation.source, annotation.external_id
        )
        store(connection, row, given, labels_of)
    if gone:
        settle(connection, row, labels_of)
    return bool(gone) or len(wanted) > len(same)


def withdraw(connection: Connection, external_id: str, labels_of: LabelsOf) -> bool:
    """Let an annotation's labels not hold any more; return whether there were any."""
    lock_annotation(connection)
    labels = queries.of_external(connection, external_id)
    now = datetime.now(UTC)
    queries.undo_labels(connection, [label.id for label in labels], now)
    for item_id, by in {(label.item_id, label.by) for label in labels}:
        queries.set_lease(
            connection,
            {"item_id": item_id, "annotator": by, "at": now, "expires_at": now, "state": "open"},
        )
        row = queries.item(connection, item_id, Reader(None))
        if row is not None:
            settle(connection, row, labels_of)
    return bool(labels)


def _item_id(
    connection: Connection, annotation: Annotation, reader: Reader, how: Sealing
) -> str | None:
    """Return the text's id in the queue: by the id that it was exported with, or by its words."""
    if annotation.item_id is not None:
        row = queries.item(connection, annotation.item_id, reader)
        if row is not None:
            return annotation.item_id
    known = texts.find(connection, annotation.tenant, annotation.text, how.keys)
    if known is not None:
        return known
    heads = {head: annotation.choices.get(head, ()) for head in annotation.labels}
    new = NewText(
        annotation.text, heads, annotation.source, annotation.tenant, annotators=1
    )  # fmt: skip
    return texts.put(connection, new, how) if heads and annotation.text.strip() else None
