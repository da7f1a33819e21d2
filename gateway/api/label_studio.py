"""`/ls`: the contract of a Label Studio ML back end, so that its free edition sorts in our order.

The routes are Label Studio's and stand in no document of ours. What it sends beside tasks, as the
access token of a project's creator, is neither read, stored nor logged.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request
from pydantic_core import from_json, to_json

from gateway.annotation import label_studio
from gateway.annotation.label_studio import ConfigError, Control
from gateway.api import body
from gateway.api.annotation_webhook import Webhook
from gateway.api.classify import RequestClock, answer_batch, json_response
from gateway.api.json_values import refuse_many_values
from gateway.api.request_models import MAX_BATCH_ITEMS, MAX_TEXT_CHARS, BatchRequest
from gateway.auth.guard import requires
from gateway.config import Settings
from gateway.errors import FieldError, InvalidJsonError, ValidationFailedError
from gateway.inference.pipeline import Pipeline
from gateway.prediction_log.access import LogAccess

_CREATED = 201
_NO_FIT = (
    "no Choices over a text fits a head that is served: name it like the head, or give it labels "
    "of one"
)


def label_studio_backend(pipeline: Pipeline, settings: Settings, access: LogAccess) -> Blueprint:
    """Return the routes; Label Studio shows a key as the password of Basic authentication."""
    routes = Blueprint("label_studio", __name__, url_prefix="/ls")
    _describe(routes, pipeline, settings)
    webhook = Webhook(access, lambda: heads_labels(pipeline))

    @routes.post("/predict")
    @requires("classify", basic=True)
    def predict() -> Response:
        sent = _body(settings)
        config, tasks = sent.get("label_config"), sent.get("tasks")
        if not isinstance(config, str) or not isinstance(tasks, list):
            raise ValidationFailedError(
                [FieldError("body", "invalid_value", "needs label_config and tasks")]
            )
        matched = _matched(pipeline, config)
        answers = _answers(pipeline, settings, tasks, matched)
        version = _version(pipeline, matched)
        results = [label_studio.prediction(answer, matched, version) for answer in answers]
        return _answer({"results": results, "model_version": version})

    @routes.post("/webhook")
    @requires("feedback", basic=True, stores=True)
    def take() -> Response:
        changed = webhook.take(_body(settings))
        return _answer({"changed": changed}, _CREATED)

    return routes


def heads_labels(pipeline: Pipeline) -> Mapping[str, Sequence[str]]:
    """Return the heads that are served, with their labels."""
    return {name: head.labels for name, head in pipeline.head_set().heads.items() if head.labels}


def _describe(routes: Blueprint, pipeline: Pipeline, settings: Settings) -> None:
    """Add the routes that Label Studio asks before it sends tasks."""

    @routes.get("/health")
    @requires("classify", basic=True)
    def health() -> Response:
        return _answer({"status": "UP", "model_class": "Trunkline"})

    @routes.post("/setup")
    @requires("classify", basic=True)
    def setup() -> Response:
        config = _body(settings).get("schema")
        matched = _matched(pipeline, config) if isinstance(config, str) else {}
        return _answer({"model_version": _version(pipeline, matched)})

    @routes.get("/versions")
    @requires("classify", basic=True)
    def versions() -> Response:
        return _answer({"versions": [_version(pipeline, heads_labels(pipeline))]})


def _matched(pipeline: Pipeline, config: str) -> Mapping[str, Control]:
    """Return the heads that an interface asks for; raise ValidationFailedError where none fits."""
    try:
        controls = label_studio.read_controls(config)
    except ConfigError:
        message = "must be XML without a document type, of at most 200000 characters"
        raise ValidationFailedError(
            [FieldError("label_config", "invalid_value", message)]
        ) from None
    matched = label_studio.match_heads(controls, heads_labels(pipeline))
    if controls and not matched:
        raise ValidationFailedError([FieldError("label_config", "unknown_head", _NO_FIT)])
    return matched


def _answers(
    pipeline: Pipeline, settings: Settings, tasks: list[Any], matched: Mapping[str, Control]
) -> list[Mapping[str, Any] | None]:
    """Return the answer to each task's text, None where it has none; nothing is recorded."""
    texts = [label_studio.text_of(task, list(matched.values())) for task in tasks]
    known = {number: text for number, text in enumerate(texts) if text and matched}
    answers: list[Mapping[str, Any] | None] = [None] * len(tasks)
    clock = RequestClock(settings)
    numbers = list(known)
    for first in range(0, len(numbers), MAX_BATCH_ITEMS):
        some = numbers[first : first + MAX_BATCH_ITEMS]
        items = [{"text": known[number][:MAX_TEXT_CHARS]} for number in some]
        batch = BatchRequest.model_validate({"items": items, "heads": sorted(matched)})
        answered = json.loads(answer_batch(pipeline, batch, clock, None).get_data())
        for number, item in zip(some, answered["items"], strict=True):
            answers[number] = item.get("answer")
    return answers


def _version(pipeline: Pipeline, matched: Mapping[str, Any]) -> str:
    served = pipeline.head_set().heads
    return label_studio.model_version(
        {name: served[name].version for name in matched if name in served}
    )


def _body(settings: Settings) -> Mapping[str, Any]:
    body.media_type(request, [body.JSON])
    content = body.read(request, settings.max_batch_body_bytes)
    refuse_many_values(content)
    try:
        sent = from_json(content)
    except ValueError:
        raise InvalidJsonError from None
    if not isinstance(sent, dict):
        raise ValidationFailedError([FieldError("body", "invalid_value", "must be an object")])
    return sent


def _answer(members: Mapping[str, Any], status: int = 200) -> Response:
    response = json_response(to_json(members))
    response.status_code = status
    return response
