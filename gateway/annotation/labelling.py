"""Hands texts to annotators, takes their labels and takes them back; settles what they dispute."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from gateway.annotation import queries
from gateway.annotation.errors import NotBeforeYouError
from gateway.annotation.final import ANNOTATOR, HELD_OUT, by_head, judge
from gateway.annotation.values import Given, Progress, Question, Task
from gateway.prediction_log.annotations import words_of
from gateway.prediction_log.errors import UnansweredHeadError, UnknownLabelError
from gateway.prediction_log.queries import audit
from gateway.prediction_log.queries.locks import lock_annotation
from gateway.prediction_log.sealing import Keys
from gateway.prediction_log.values import LabelsOf, Reader
from trunkline.ulid import new_id

LEASE_MINUTES = 30
"""How long a text stays with who looks at it; after that others may have it."""
_Row = Row[Any]


def next_task(
    connection: Connection, by: str, reader: Reader, labels_of: LabelsOf, keys: Keys | None
) -> Task | None:
    """Give an annotator the text before them, or the next; None where there is none for them.

    A text that is shown for the first time is put into the audit: its words were read.
    """
    lock_annotation(connection)
    now = datetime.now(UTC)
    row = queries.held_by(connection, by, reader)
    if row is None:
        row = queries.first_free(connection, by, reader, now)
        if row is None:
            return None
        detail = {"item_id": row.id}
        audit.append(connection, audit.Act("annotate", f"key:{by}", row.tenant, detail=detail))
    _lease(connection, row.id, by, "open", now)
    return _task(connection, row, by, labels_of, keys)


def give(connection: Connection, given: Given, reader: Reader, labels_of: LabelsOf) -> None:
    """Store a label of a text that the annotator has before them; the same again changes nothing.

    Raises NotBeforeYouError, UnansweredHeadError and UnknownLabelError.
    """
    lock_annotation(connection)
    row = queries.item(connection, given.item_id, reader)
    lease = queries.lease_of(connection, given.item_id, given.by)
    if row is None or lease is None or lease.state != "open" or row.state != "open":
        raise NotBeforeYouError
    store(connection, row, given, labels_of)


def store(connection: Connection, row: _Row, given: Given, labels_of: LabelsOf) -> None:
    """Store a label in place of the same annotator's former one, and settle what is whole."""
    choices = choices_of(row, labels_of)
    require_label(choices, given)
    now = datetime.now(UTC)
    own = [
        label for label in queries.labels(connection, [row.id], ANNOTATOR) if label.by == given.by
    ]
    former = [label for label in own if label.head == given.head]
    same = [each for each in former if (each.label, each.external) == (given.label, given.external)]
    if not same:
        queries.undo_labels(connection, [label.id for label in former], now)
        add(connection, row, given, ANNOTATOR, now)
    whole = {label.head for label in own} | {given.head} >= {h for h, ls in choices.items() if ls}
    _lease(connection, row.id, given.by, "done" if whole else "open", now)
    settle(connection, row, labels_of)


def skip(
    connection: Connection, item_id: str, by: str, reader: Reader, labels_of: LabelsOf
) -> None:
    """Pass over a text: this annotator does not get it again, but by undoing.

    Labels that they gave it are taken back; a dispute that hung on one is none any more.
    """
    lock_annotation(connection)
    row = queries.item(connection, item_id, reader)
    lease = queries.lease_of(connection, item_id, by)
    if row is None or lease is None or lease.state != "open":
        raise NotBeforeYouError
    now = datetime.now(UTC)
    own = [label.id for label in queries.labels(connection, [item_id], ANNOTATOR) if label.by == by]
    queries.undo_labels(connection, own, now)
    _lease(connection, item_id, by, "skipped", now)
    if row.state == "resolved":  # by an adjudicator, whose word stands
        judge(connection, item_id, labels_of)
    else:
        settle(connection, row, labels_of)


def undo(connection: Connection, by: str, reader: Reader, role: str = ANNOTATOR) -> bool:
    """Take back what somebody labelled or passed over last; return whether there was anything.

    The text is before them again. What settled a dispute disputes it again.
    """
    lock_annotation(connection)
    label = queries.last_label(connection, by, role)
    skipped = queries.last_skipped(connection, by) if role == ANNOTATOR else None
    now = datetime.now(UTC)
    if skipped is not None and (label is None or skipped.at > label.at):
        _lease(connection, skipped.item_id, by, "open", now)
        return True
    row = None if label is None else queries.item(connection, label.item_id, reader)
    if label is None or row is None:
        return False
    queries.undo_labels(connection, [label.id], now)
    if role == ANNOTATOR:
        _lease(connection, row.id, by, "open", now)
    if row.state != HELD_OUT:
        queries.set_state(connection, row.id, "open" if role == ANNOTATOR else "disputed")
    judge(connection, row.id, _none_served)
    return True


def progress(connection: Connection, by: str, reader: Reader) -> Progress:
    """Return where the queue stands for an annotator."""
    states = queries.states(connection, reader)
    own = queries.leases_of(connection, by, reader)
    now = datetime.now(UTC)
    waiting = queries.count_taken(connection, by, reader, now)
    return Progress(
        total=sum(states.values()),
        open=states.get("open", 0),
        agreed=states.get("agreed", 0),
        disputed=states.get("disputed", 0),
        resolved=states.get("resolved", 0),
        mine=own.get("done", 0),
        skipped=own.get("skipped", 0),
        held_by_others=waiting,
    )


def settle(connection: Connection, row: _Row, labels_of: LabelsOf) -> None:
    """Find whether a text that enough annotators labelled is agreed on or disputed.

    The recorded answer that it came from has beside it what is settled then.
    """
    if row.state != HELD_OUT:
        queries.set_state(connection, row.id, _state(connection, row))
    judge(connection, row.id, labels_of)


def choices_of(row: _Row, labels_of: LabelsOf) -> Mapping[str, tuple[str, ...]]:
    """Return a text's heads with the labels to choose from, none for a head that nobody knows."""
    return {head: tuple(labels) or tuple(labels_of(head)) for head, labels in row.heads.items()}


def require_label(choices: Mapping[str, tuple[str, ...]], given: Given) -> None:
    """Raise UnansweredHeadError or UnknownLabelError for what is no choice."""
    if given.head not in choices:
        raise UnansweredHeadError
    if given.label not in choices[given.head]:
        raise UnknownLabelError(list(choices[given.head]))


def add(connection: Connection, row: _Row, given: Given, role: str, now: datetime) -> None:
    """Add the row of a label."""
    queries.add_label(
        connection,
        {
            "id": new_id(),
            "at": now,
            "tenant": row.tenant,
            "item_id": row.id,
            "head": given.head,
            "label": given.label,
            "by": given.by,
            "role": role,
            "source": given.source,
            "external": given.external,
            "undone_at": None,
        },
    )


def _state(connection: Connection, row: _Row) -> str:
    done = set(queries.done_leases(connection, row.id))
    if len(done) < row.annotators:
        return "open"
    given = [each for each in queries.labels(connection, [row.id], ANNOTATOR) if each.by in done]
    is_disputed = any(len(labels) > 1 for labels in by_head(given).values())
    return "disputed" if is_disputed else "agreed"


def _none_served(_head: str) -> Sequence[str]:
    """Return no labels: what takes a judgement back adds none."""
    return ()


def _task(
    connection: Connection, row: _Row, by: str, labels_of: LabelsOf, keys: Keys | None
) -> Task:
    own = {
        label.head: label.label
        for label in queries.labels(connection, [row.id], ANNOTATOR)
        if label.by == by
    }
    questions = [
        Question(head, labels, own.get(head))
        for head, labels in choices_of(row, labels_of).items()
        if labels
    ]
    words = words_of(connection, row, keys)
    return Task(row.id, row.tenant, words, row.prediction_id, row.score, questions)


def _lease(connection: Connection, item_id: str, by: str, state: str, now: datetime) -> None:
    queries.set_lease(
        connection,
        {
            "item_id": item_id,
            "annotator": by,
            "at": now,
            "expires_at": now + timedelta(minutes=LEASE_MINUTES),
            "state": state,
        },
    )
