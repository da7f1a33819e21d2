"""The queue as the API uses it: a transaction each call, on the prediction log's database."""

from gateway.annotation import adjudication, external, labelling
from gateway.annotation.agreement import Agreement
from gateway.annotation.errors import NoTextKeysError
from gateway.annotation.external import Annotation
from gateway.annotation.final import ADJUDICATOR, ANNOTATOR
from gateway.annotation.texts import Sealing
from gateway.annotation.values import Dispute, Given, Progress, Task
from gateway.prediction_log.log_database import LogDatabase
from gateway.prediction_log.values import LabelsOf, Reader


class Queue:
    """Hands out texts and takes labels; thread-safe. Raises NoTextKeysError when made."""

    def __init__(self, database: LogDatabase, labels_of: LabelsOf) -> None:
        if database.keys is None:
            raise NoTextKeysError
        self._database = database
        self._keys = database.keys
        self._labels_of = labels_of

    def task(self, by: str, reader: Reader) -> tuple[Task | None, Progress]:
        """Return the text before an annotator, or the next, and where the queue stands."""
        return self._database.run(
            lambda c: (
                labelling.next_task(c, by, reader, self._labels_of, self._keys),
                labelling.progress(c, by, reader),
            )
        )

    def give(self, given: Given, reader: Reader) -> None:
        """Store a label, see `labelling.give`."""
        self._database.run(lambda c: labelling.give(c, given, reader, self._labels_of))

    def skip(self, item_id: str, by: str, reader: Reader) -> None:
        """Pass over a text, see `labelling.skip`."""
        self._database.run(lambda c: labelling.skip(c, item_id, by, reader, self._labels_of))

    def undo(self, by: str, reader: Reader, *, settling: bool = False) -> bool:
        """Take back what somebody did last, see `labelling.undo`."""
        role = ADJUDICATOR if settling else ANNOTATOR
        return self._database.run(lambda c: labelling.undo(c, by, reader, role))

    def dispute(self, reader: Reader) -> Dispute | None:
        """Return a head of a text on which annotators disagree."""
        return self._database.run(
            lambda c: adjudication.next_dispute(c, reader, self._labels_of, self._keys)
        )

    def adjudicate(self, given: Given, reader: Reader) -> None:
        """Settle a dispute, see `adjudication.adjudicate`."""
        self._database.run(lambda c: adjudication.adjudicate(c, given, reader, self._labels_of))

    def agreement(self, reader: Reader) -> list[Agreement]:
        """Return how far annotators agree."""
        return self._database.run(lambda c: adjudication.agreement(c, reader))

    def take(self, annotation: Annotation, reader: Reader) -> bool:
        """Store another tool's annotation once, see `external.take`."""
        how = Sealing(self._keys, self._database.retention.text_days)
        return self._database.run(
            lambda c: external.take(c, annotation, reader, self._labels_of, how)
        )

    def withdraw(self, external_id: str) -> bool:
        """Take back another tool's annotation, see `external.withdraw`."""
        return self._database.run(lambda c: external.withdraw(c, external_id, self._labels_of))
