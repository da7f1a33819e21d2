"""Writes the JSON schemas of all bodies for the API's document, with examples and versions."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.api import embedding_models, explain_models, log_models, operation_models
from gateway.api import response_models as shapes
from gateway.api.request_models import BatchRequest, ClassifyRequest, Mail
from gateway.api.statistics_models import StatisticsShape

REF = "#/components/schemas/"
MAIL_EXAMPLE = {
    "text": "Thanks, but we have no budget left this year.\n\nOn Mon, 2 Mar 2026 at 10:12, Ann "
    "Lee <ann@example.com> wrote:\n> Would you have 15 minutes this week?",
}
REQUEST_EXAMPLES: Mapping[type[BaseModel], dict[str, Any]] = {
    ClassifyRequest: MAIL_EXAMPLE,
    BatchRequest: {"items": [MAIL_EXAMPLE]},
    embedding_models.EmbeddingsRequest: {
        "model": "all-MiniLM-L6-v2-replies",
        "input": ["What would 20 seats cost?", "Please stop writing."],
        "encoding_format": "base64",
    },
    explain_models.ExplainRequest: {**MAIL_EXAMPLE, "head": "objection_reason"},
    log_models.FeedbackRequest: {
        "prediction_id": "01KB7Z0N6V3M8Q4RWT5XYC2DEF",
        "head": "intent",
        "label": "objection",
        "by": "user-17",
    },
}
SHAPE_VERSIONS: Mapping[str, str] = {
    "AnswerShape": "1.2",
    "BatchAnswerShape": "1.1",
    "EncoderShape": "1.1",
    "HeadDescriptionShape": "1.1",
    "HeadsShape": "1.1",
    "Problem": "1.1",
    "SubjectShape": "1.1",
}
"""Versions of results' shapes that are not 1.0: a new member raises the second number.

Only what breaks readers raises the first: a member that is gone, or holds another type.
"""

_REQUESTS: tuple[type[BaseModel], ...] = (
    ClassifyRequest,
    BatchRequest,
    Mail,
    embedding_models.EmbeddingsRequest,
    explain_models.ExplainRequest,
    log_models.FeedbackRequest,
)
_RESULTS: tuple[type[BaseModel], ...] = (
    shapes.AnswerShape,
    shapes.BatchAnswerShape,
    shapes.CleanedShape,
    shapes.HeadsShape,
    shapes.Problem,
    explain_models.ExplanationShape,
    embedding_models.EmbeddingsShape,
    embedding_models.ModelShape,
    embedding_models.ModelsShape,
    log_models.FeedbackShape,
    log_models.PredictionShape,
    log_models.PredictionsShape,
    log_models.SubjectShape,
    log_models.ErasureShape,
    StatisticsShape,
    operation_models.LiveShape,
    operation_models.ReadyShape,
    operation_models.VersionShape,
)


@cache
def examples() -> Mapping[str, Any]:
    """Return a real answer for each shape of a result, by the shape's name."""
    content = files("gateway.api").joinpath("examples.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(content)
    return read


def schemas() -> dict[str, Any]:
    """Return the schemas of requests, which are closed, and of results, which are open.

    A later release may add members to a result; who reads it passes over what it does not know.
    """
    models = [(model, "validation") for model in (*_REQUESTS, *_RESULTS)]
    _, definitions = models_json_schema(models, ref_template=REF + "{model}")  # type: ignore[arg-type]
    made: dict[str, Any] = definitions["$defs"]
    made["BatchRequest"]["properties"]["items"]["items"] = {"$ref": REF + "Mail"}
    for name in made.keys() - {model.__name__ for model in _REQUESTS}:
        made[name].pop("additionalProperties", None)
        made[name]["x-version"] = SHAPE_VERSIONS.get(name, "1.0")
    for schema in made.values():
        _drop_defaults(schema)
    return made


def _drop_defaults(schema: dict[str, Any]) -> None:
    """Leave out defaults: makers of clients take a member that has one for always there."""
    for member in schema["properties"].values():
        member.pop("default", None)
