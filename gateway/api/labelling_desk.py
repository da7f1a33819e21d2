"""What the pages of labelling ask of the queue, for the caller of the current request."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gateway.annotation.agreement import Agreement
from gateway.annotation.values import Dispute, Given, Progress, Task
from gateway.api.classify import RequestClock, answer_mail
from gateway.api.feedback import current_reader, labels_served
from gateway.api.request_models import MAX_TEXT_CHARS, ClassifyRequest
from gateway.auth.guard import current_caller, require_scope
from gateway.config import Settings
from gateway.errors import GatewayError
from gateway.inference.pipeline import Pipeline
from gateway.prediction_log.access import LogAccess
from gateway.prediction_log.values import PAGE

if TYPE_CHECKING:
    from gateway.annotation.queue import Queue


class LabellingDesk:
    """Hands texts to the person who signed in, and takes their labels."""

    def __init__(self, settings: Settings, pipeline: Pipeline, access: LogAccess) -> None:
        self._settings = settings
        self._pipeline = pipeline
        self._access = access
        self._labels_of = labels_served(pipeline.head_set)

    def task(self) -> tuple[Task | None, Progress]:
        """Return the text before this person, or the next, and where the queue stands."""
        require_scope("read_text")
        return self._queue().task(_name(), current_reader())

    def give(self, item_id: str, head: str, label: str) -> None:
        """Store a label. Raises what `labelling.give` does."""
        self._queue().give(Given(item_id, head, label, _name()), current_reader())

    def skip(self, item_id: str) -> None:
        """Pass over a text. Raises NotBeforeYouError."""
        self._queue().skip(item_id, _name(), current_reader())

    def undo(self, *, settling: bool = False) -> bool:
        """Take back what this person did last; return whether there was anything."""
        return self._queue().undo(_name(), current_reader(), settling=settling)

    def dispute(self) -> Dispute | None:
        """Return a head of a text on which annotators disagree."""
        require_scope("read_text")
        return self._queue().dispute(current_reader())

    def adjudicate(self, item_id: str, head: str, label: str) -> None:
        """Settle a dispute. Raises what `adjudication.adjudicate` does."""
        self._queue().adjudicate(Given(item_id, head, label, _name()), current_reader())

    def agreement(self) -> list[Agreement]:
        """Return how far annotators agree."""
        return self._queue().agreement(current_reader())

    def machine(self, task: Task) -> Mapping[str, Any] | None:
        """Return what the machine says of a text: as recorded, or asked now and not recorded.

        None where it does not answer.
        """
        if task.prediction_id is not None:
            shown = self._access.database().prediction(
                task.prediction_id, current_reader(), words=False
            )
            if shown is not None:
                heads = {each["head"]: each for each in shown["heads"] if each["role"] != "shadow"}
                return {"decision": shown["decision"], "heads": heads}
        if not task.text or len(task.text) > MAX_TEXT_CHARS:
            return None
        try:
            mail = ClassifyRequest.model_validate({"text": task.text})
            answered = answer_mail(self._pipeline, mail, RequestClock(self._settings), None)
        except GatewayError:
            return None
        answer: dict[str, Any] = json.loads(answered.get_data())
        return answer

    def _queue(self) -> "Queue":
        """Return the queue; its database's libraries are loaded only in workers that are asked."""
        database = self._access.database()
        from gateway.annotation.queue import Queue

        return Queue(database, self._labels_of)


def _name() -> str:
    """Return who labels: the id of the key that they signed in with."""
    return current_caller().key_id or PAGE
