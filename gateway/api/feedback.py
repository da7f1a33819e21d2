"""`POST /v1/feedback`: a correction of an answer that was recorded."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, request
from pydantic import ValidationError
from pydantic_core import to_json

from gateway.api import body
from gateway.api.classify import json_response
from gateway.api.field_reports import validation_problem
from gateway.api.log_models import FeedbackRequest, FeedbackShape
from gateway.api.openapi import documented
from gateway.auth.errors import RecordNotFoundError
from gateway.auth.guard import current_caller, requires
from gateway.prediction_log.access import LogAccess
from gateway.prediction_log.errors import InvalidIdempotencyKeyError
from gateway.prediction_log.values import Correction, Json, LabelsOf, Reader
from heads.prediction import HeadSet
from trunkline.ulid import time_of

_MAX_BODY_BYTES = 64 << 10
_MAX_KEY_CHARS = 128
_MOVING = timedelta(minutes=10)
_RETRY_AFTER_S = 2.0
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "for 24 hours the same key with the same body gets the first answer again, with "
    "another body 409; 1 to 128 visible ASCII characters",
    "schema": {"type": "string", "minLength": 1, "maxLength": _MAX_KEY_CHARS},
}
_FEEDBACK = documented(
    "giveFeedback",
    "Correct an answer, or confirm it",
    "predictions",
    FeedbackShape,
    bodies=[FeedbackRequest],
    parameters=[_KEY],
    problems=("400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "501", "503"),
    description="Kept as a proposal beside the head's version that answered, as long as the "
    "prediction is. An answer can be corrected about a second after it was given: until then 404 "
    "with Retry-After.",
)


def feedback(access: LogAccess, head_set: Callable[[], HeadSet]) -> Blueprint:
    """Return the route; `head_set` is what is served, for labels that no record names."""
    routes = Blueprint("feedback", __name__, url_prefix="/v1")

    labels_of = labels_served(head_set)

    @routes.post("/feedback")
    @requires("feedback")
    @_FEEDBACK
    def give_feedback() -> Response:
        correction = Correction(**_read().model_dump())
        return json_response(to_json(store(access, correction, _idempotency_key(), labels_of)))

    return routes


def store(
    access: LogAccess, correction: Correction, idempotency_key: str | None, labels_of: LabelsOf
) -> Json:
    """Store what this request's caller holds to be right, and return it as stored."""
    answer = access.database().give_feedback(
        correction, current_reader(), idempotency_key, labels_of
    )
    if answer is None:
        raise unknown_record(correction.prediction_id)
    return answer


def labels_served(head_set: Callable[[], HeadSet]) -> LabelsOf:
    """Return what finds a served head's labels by its name."""

    def labels_of(head: str) -> Sequence[str]:
        served = head_set().heads.get(head)
        return () if served is None else served.labels

    return labels_of


def current_reader() -> Reader:
    """Return whose rows this request's caller may know of."""
    caller = current_caller()
    return Reader(caller.key_id, caller.tenants)


def unknown_record(prediction_id: str) -> RecordNotFoundError:
    """Return the problem of an id that is not found; a young one may still be on its way."""
    problem = RecordNotFoundError()
    try:
        age = datetime.now(UTC) - time_of(prediction_id)
    except ValueError:
        return problem
    if abs(age) < _MOVING:
        problem.retry_after_s = _RETRY_AFTER_S
    return problem


def _read() -> FeedbackRequest:
    content = body.read_json(request, _MAX_BODY_BYTES)
    try:
        return FeedbackRequest.model_validate_json(content)
    except ValidationError as error:
        raise validation_problem(error, FeedbackRequest, content) from None


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= _MAX_KEY_CHARS or not key.isascii() or not key.isprintable():
        raise InvalidIdempotencyKeyError
    return key
