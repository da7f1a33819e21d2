"""Takes annotations that Label Studio tells of, each once, as labels of the queue."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gateway.annotation import label_studio
from gateway.annotation.label_studio import ConfigError, Control, Labels
from gateway.api.feedback import current_reader
from gateway.auth.guard import current_caller, current_tenant
from gateway.prediction_log.access import LogAccess

if TYPE_CHECKING:
    from gateway.annotation.queue import Queue

SOURCE = "label_studio"
_STORED = ("ANNOTATION_CREATED", "ANNOTATION_UPDATED")
_WITHDRAWN = ("ANNOTATION_DELETED", "ANNOTATIONS_DELETED")


class Webhook:
    """Stores and withdraws annotations; `labels` are those of the heads that are served."""

    def __init__(self, access: LogAccess, labels: Callable[[], Labels]) -> None:
        self._access = access
        self._labels = labels

    def take(self, event: Mapping[str, Any]) -> int:
        """Do what an event asks; return how many annotations it changed something of.

        Events of other kinds, and annotations without a choice that is a head's label, change
        nothing. A cancelled annotation is none.
        """
        action = event.get("action")
        if action in _WITHDRAWN:
            queue = self._queue()
            ids = [_id_of(each) for each in _listed(event)]
            return sum(queue.withdraw(each) for each in ids if each is not None)
        if action in _STORED:
            return sum(self._store(event, each) for each in _listed(event))
        return 0

    def _store(self, event: Mapping[str, Any], annotation: Mapping[str, Any]) -> bool:
        external_id = _id_of(annotation)
        task = event.get("task")
        if external_id is None:
            return False
        if annotation.get("was_cancelled"):
            return self._queue().withdraw(external_id)
        heads = self._labels()
        matched = _matched(event, annotation, heads)
        text = label_studio.text_of(task, list(matched.values()))
        labels = label_studio.labels_of(annotation.get("result"), matched, heads)
        if text is None or not labels:
            return self._queue().withdraw(external_id)
        from gateway.annotation.external import Annotation

        choices = {head: tuple(heads[head]) for head in labels}
        taken = Annotation(
            external_id, SOURCE, _author(annotation), text, labels, choices, current_tenant(),
            _item_id(task),
        )  # fmt: skip
        return self._queue().take(taken, current_reader())

    def _queue(self) -> "Queue":
        database = self._access.database()
        from gateway.annotation.queue import Queue

        labels = self._labels()
        return Queue(database, lambda head: labels.get(head, ()))


def _listed(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    annotations = event.get("annotations")
    listed = annotations if isinstance(annotations, list) else [event.get("annotation")]
    return [each for each in listed if isinstance(each, dict)]


def _id_of(annotation: Mapping[str, Any]) -> str | None:
    """Return the name under which an annotation is kept: ids are unique to a server, thus a key."""
    own = annotation.get("id")
    if not isinstance(own, int):
        return None
    return f"{SOURCE}:{current_caller().key_id or ''}:{own}"


def _author(annotation: Mapping[str, Any]) -> str:
    """Return who made an annotation, by number: an address of theirs is not kept."""
    by = annotation.get("completed_by")
    number = by.get("id") if isinstance(by, dict) else by
    return f"{SOURCE}:{number if isinstance(number, int) else 0}"


def _item_id(task: Any) -> str | None:
    """Return the id that a text was exported from the queue with."""
    data = task.get("data") if isinstance(task, dict) else None
    own = data.get("id") if isinstance(data, dict) else None
    return own if isinstance(own, str) else None


def _matched(
    event: Mapping[str, Any], annotation: Mapping[str, Any], heads: Labels
) -> Mapping[str, Control]:
    """Return the heads that were labelled: by the project's interface, or by controls' names."""
    project = event.get("project")
    config = project.get("label_config") if isinstance(project, dict) else None
    if isinstance(config, str) and config:
        try:
            return label_studio.match_heads(label_studio.read_controls(config), heads)
        except ConfigError:
            return {}
    results = annotation.get("result")
    named = (
        [each for each in results if isinstance(each, dict)] if isinstance(results, list) else []
    )
    return {
        name: Control(name, "", "text", tuple(heads[name]))
        for name in (each.get("from_name") for each in named)
        if isinstance(name, str) and name in heads
    }
