"""Tells the prediction log of answers, whichever way they go, before they are sent."""

from collections.abc import Iterable, Mapping

from gateway.api.request_models import Mail
from gateway.inference.answer import Answer
from gateway.inference.context import RequestMetadata
from gateway.prediction_log.recorder import Recorder
from gateway.prediction_log.records import Entry, RequestFacts


def require_room(recorder: Recorder | None) -> None:
    """Raise LogFullError where an answer could not be recorded and none may go unrecorded."""
    if recorder is not None:
        recorder.require_room()


def record_answers(
    recorder: Recorder | None,
    answers: Iterable[tuple[str, Answer, Mail]],
    metadata: RequestMetadata,
    key_id: str | None,
    request_id: str,
    spent_ms: Mapping[str, float],
    *,
    batch_id: str | None = None,
) -> bool:
    """Record one request's answers, each with its id and mail; return whether they were recorded.

    Raises LogFullError where none may go unrecorded.
    """
    if recorder is None:
        return False
    facts = RequestFacts(request_id, batch_id, metadata.tenant, key_id, metadata.heads, spent_ms)
    return recorder.record(facts, [_entry(*answer) for answer in answers])


def _entry(answer_id: str, answer: Answer, mail: Mail) -> Entry:
    return Entry(answer_id, answer, mail.kind, mail.scope, mail.subject_ref, mail.tags or {})
