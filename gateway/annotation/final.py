"""Finds what annotators settled of a text, and keeps it beside the recorded answer it came from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from gateway.annotation import queries
from gateway.prediction_log import settled
from gateway.prediction_log.settled import Settled
from gateway.prediction_log.values import LabelsOf, Reader

ANNOTATOR, ADJUDICATOR = "annotator", "adjudicator"
HELD_OUT = "held_out"
SETTLED = ("agreed", "disputed", "resolved")
"""States of a text that enough people labelled; of a disputed one some heads may be agreed on."""


def final_labels(labels: Sequence[Row[Any]]) -> Mapping[str, str]:
    """Return the label of each head that was settled, or on which all annotators agree."""
    given = by_head(label for label in labels if label.role == ANNOTATOR)
    agreed = {head: next(iter(values)) for head, values in given.items() if len(values) == 1}
    return {**agreed, **{each.head: each.label for each in labels if each.role == ADJUDICATOR}}


def by_head(labels: Iterable[Row[Any]]) -> Mapping[str, set[str]]:
    """Return the different labels that each head was given."""
    given: dict[str, set[str]] = {}
    for label in labels:
        given.setdefault(label.head, set()).add(label.label)
    return given


def judge(connection: Connection, item_id: str, labels_of: LabelsOf) -> None:
    """Let the recorded answer that a text came from have what is settled of it now, and no more."""
    row = queries.item(connection, item_id, Reader(None))
    if row is None or row.prediction_id is None:
        return
    labels = queries.labels(connection, [row.id]) if row.state in SETTLED else []
    last = {(label.head, label.label): label.by for label in labels}  # the earliest come first
    final = {
        head: Settled(label, last[head, label]) for head, label in final_labels(labels).items()
    }
    settled.keep(connection, row.prediction_id, final, labels_of)
