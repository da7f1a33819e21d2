"""Builds the OpenAPI 3.1 document from the marks beside routes and the models of bodies."""

import re
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.api import embedding_models, log_models
from gateway.api import response_models as shapes
from gateway.api.request_models import BatchRequest, ClassifyRequest, Mail
from gateway.api.statistics_models import StatisticsShape
from gateway.auth.guard import View, access_of
from gateway.auth.keys import SCOPES

_MARK = "_gateway_operation"
_REF = "#/components/schemas/"
_JSON = "application/json"
PROBLEMS = {
    "400": "Not readable: JSON, timeout; or the key has several tenants and X-Tenant-Id names none "
    "(`tenant_required`)",
    "401": "No key, or one that is not valid",
    "403": "The key has another scope (`forbidden`), or is bound to other tenants "
    "(`tenant_forbidden`)",
    "413": "Body too large",
    "415": "Media type or content encoding not supported",
    "422": "Does not fit the schema, or an unknown head",
    "429": "The key calls too often; Retry-After says when to come back, `limit` is what it may do "
    "in a minute. Answers to a limited key show what is left: RateLimit, RateLimit-Policy",
    "503": "Overloaded (`overloaded`), embedder or heads away, or too many large messages at once "
    "(`large_bodies_busy`), or no room in the prediction log (`log_full`), or its database "
    "away (`log_unavailable`); Retry-After says when to come back",
    "504": "Deadline passed",
    "500": "Anything else",
}
"""The meaning of each status of a refusal."""
_MEANINGS = {
    **PROBLEMS,
    "404": "No such model; or nothing is stored under that id that the key may see "
    "(`record_not_found`), with Retry-After where it may be so in a moment",
    "409": "The Idempotency-Key came with another body before (`idempotency_conflict`)",
    "501": "This gateway keeps no prediction log (`no_prediction_log`)",
}
_KEY = (
    "An API key. It has scopes, of which none implies another ("
    + "; ".join(f"`{scope}`: {meaning}" for scope, meaning in SCOPES.items())
    + "), and may be bound to tenants: others it cannot write for (403), and what is stored for "
    "them does not exist for it (404)."
)
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": _KEY},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": _KEY},
}
_EXAMPLE = {
    "text": "Thanks, but we have no budget left this year.\n\nOn Mon, 2 Mar 2026 at 10:12, Ann "
    "Lee <ann@example.com> wrote:\n> Would you have 15 minutes this week?",
}
_EXAMPLES: dict[type[BaseModel], dict[str, Any]] = {
    ClassifyRequest: _EXAMPLE,
    BatchRequest: {"items": [_EXAMPLE]},
    embedding_models.EmbeddingsRequest: {
        "model": "all-MiniLM-L6-v2",
        "input": ["What would 20 seats cost?", "Please stop writing."],
    },
}
_EXAMPLES[log_models.FeedbackRequest] = {
    "prediction_id": "01KB7Z0N6V3M8Q4RWT5XYC2DEF",
    "head": "intent",
    "label": "objection",
    "by": "user-17",
}
HEADERS = tuple(
    {"name": name, "in": "header", "description": why, "schema": {"type": kind}}
    for name, kind, why in (
        ("X-Request-Timeout-Ms", "integer", "the caller's deadline in milliseconds"),
        (
            "X-Tenant-Id",
            "string",
            "whose email it is: a tenant meets one version of a head. A key that is bound to "
            "tenants names one of its own; it needs no header where it has only one",
        ),
        ("X-Request-Id", "string", "repeated in the answer's header and in the log"),
        ("traceparent", "string", "W3C trace context, repeated in the answer"),
    )
)
"""The headers that a classify route reads."""
OPTIONS = tuple(
    {
        "name": name,
        "in": "query",
        "description": f"for `message/rfc822` bodies: {why}",
        "schema": schema,
    }
    for name, why, schema in (
        ("heads", "heads to ask, comma-separated", {"type": "string"}),
        ("own_domains", "domains that are us, comma-separated", {"type": "string"}),
        ("scope", "the words to read", {"type": "string", "enum": ["newest", "thread"]}),
        ("subject_ref", "who it is about, opaque", {"type": "string"}),
        ("tags", "up to 8 `name=value`, comma-separated", {"type": "string"}),
    )
)
"""The query parameters where the body is a message."""


def documented(
    summary: str,
    *answers: type[BaseModel],
    bodies: Iterable[type[BaseModel]] = (),
    parameters: Iterable[dict[str, Any]] = (),
    problems: Iterable[str] = (),
    plain: str = "",
    not_ready: bool = False,
    **members: str,
) -> Callable[[View], View]:
    """Put a route into the document: the models of its answers and bodies, or a `plain` media type.

    A route that reads a ClassifyRequest reads the message itself as well. `problems` are the
    statuses of its refusals, `not_ready`: it answers 503 with the same model. `members` are the
    operation's operationId and description.
    """
    content = {_JSON: {"schema": _schema(answers)}} if answers else {plain: {}}
    responses: dict[str, Any] = {"200": {"description": "OK", "content": content}}
    problem = {"application/problem+json": {"schema": {"$ref": _REF + "Problem"}}}
    for status in problems:
        responses[status] = {"description": _MEANINGS[status], "content": problem}
    if not_ready:
        responses["503"] = {"description": "Not ready", "content": content}
    operation: dict[str, Any] = {"summary": summary, **members, "responses": responses}
    if parameters:
        operation["parameters"] = list(parameters)
    if bodies:
        operation["requestBody"] = _request_body(tuple(bodies))

    def mark(view: View) -> View:
        setattr(view, _MARK, operation)
        return view

    return mark


def document(app: Flask) -> dict[str, Any]:
    """Return the document of the routes of `app` that are `documented`."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        operation = getattr(view, _MARK, None)
        if operation is not None:
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            secured = {**operation, "security": _security(access_of(view).scope)}
            operations = {method.lower(): secured for method in sorted(methods)}
            paths.setdefault(_template(rule.rule), {}).update(operations)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Trunkline",
            "version": _version(),
            "description": "What does this email reply want? One encoder, any number of heads.",
        },
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": _KEYS},
    }


def _template(rule: str) -> str:
    """Return a route's path with its parameters as OpenAPI writes them: `{name}`."""
    return re.sub(r"<(?:[^<>:]*:)?([^<>]*)>", r"{\1}", rule)


def _security(scope: str | None) -> list[dict[str, list[str]]]:
    """Return either way of showing a key; `{}`, none, where a gateway or this route needs none."""
    return [{}] if scope is None else [{}, *({name: [scope]} for name in _KEYS)]


def _schema(models: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    refs = [{"$ref": _REF + model.__name__} for model in models]
    return refs[0] if len(refs) == 1 else {"oneOf": refs}


def _request_body(models: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    content: dict[str, Any] = {_JSON: {"schema": _schema(models), "example": _EXAMPLES[models[0]]}}
    if ClassifyRequest in models:
        content["message/rfc822"] = {"schema": {"type": "string"}}
    return {"required": True, "content": content}


def _schemas() -> dict[str, Any]:
    models: list[type[BaseModel]] = [
        ClassifyRequest,
        BatchRequest,
        Mail,
        shapes.AnswerShape,
        shapes.BatchAnswerShape,
        shapes.CleanedShape,
        shapes.HeadsShape,
        shapes.LiveShape,
        shapes.Problem,
        shapes.ReadyShape,
        embedding_models.EmbeddingsRequest,
        embedding_models.EmbeddingsShape,
        embedding_models.ModelShape,
        embedding_models.ModelsShape,
        shapes.VersionShape,
        log_models.FeedbackRequest,
        log_models.FeedbackShape,
        log_models.PredictionShape,
        log_models.PredictionsShape,
        log_models.SubjectShape,
        log_models.ErasureShape,
        StatisticsShape,
    ]
    _, definitions = models_json_schema(
        [(model, "validation") for model in models],
        ref_template=_REF + "{model}",
    )
    schemas: dict[str, Any] = definitions["$defs"]
    schemas["BatchRequest"]["properties"]["items"]["items"] = {"$ref": _REF + "Mail"}
    return schemas


def _version() -> str:
    try:
        return version("trunkline")
    except PackageNotFoundError:  # run from a checkout
        return "0"
