"""Keeps what annotators settled of a recorded mail beside the answer that it judges."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from gateway.prediction_log.errors import UnansweredHeadError
from gateway.prediction_log.feedback import feedback_row, judged_answer
from gateway.prediction_log.queries import corrections, predictions
from gateway.prediction_log.queries.predictions import Stored
from gateway.prediction_log.values import ANNOTATION, LabelsOf, Reader


@dataclass(frozen=True)
class Settled:
    """A head's label that annotators agreed on, or that settled their dispute; who gave it last."""

    label: str
    by: str


def keep(
    connection: Connection, prediction_id: str, settled: Mapping[str, Settled], labels_of: LabelsOf
) -> None:
    """Let an answer have these judgements of annotators by head, as accepted feedback.

    The same again changes nothing; another label takes the place of the former, and what is
    settled no more is rejected. Heads without a part in the answer, labels that a head does not
    have, and answers that are kept no more are passed over.
    """
    now = datetime.now(UTC)
    former = {row.head: row for row in corrections.of_annotators(connection, prediction_id)}
    for head in former.keys() - settled.keys():
        corrections.withdraw(connection, former[head].id, now)
    changed = {
        head: each
        for head, each in settled.items()
        if head not in former or former[head].label != each.label
    }
    prediction = predictions.find(connection, prediction_id, Reader(None)) if changed else None
    for head, each in changed.items():
        stored = None
        if prediction is not None:
            stored = _store(connection, prediction, head, each, labels_of)
        if head in former and stored is not None:
            corrections.replace(connection, former[head].id, stored)
        elif head in former:
            corrections.withdraw(connection, former[head].id, now)


def _store(
    connection: Connection, prediction: Stored, head: str, settled: Settled, labels_of: LabelsOf
) -> str | None:
    """Store a judgement; return its id, None where there is no such answer to judge."""
    try:
        judged = judged_answer(connection, prediction, head, labels_of)
    except UnansweredHeadError:
        return None
    if settled.label not in judged.labels:
        return None
    row = feedback_row(prediction, judged, settled.label, settled.by, ANNOTATION)
    decided = {"state": "accepted", "decided_by": settled.by, "decided_at": row["at"]}
    corrections.store(connection, row | decided)
    return str(row["id"])
