"""The API's OpenAPI 3.1 document, built from the models that requests are checked against."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway import answer_schema as shapes
from gateway.admission import OPEN, SCOPE_BY_ROUTE
from gateway.intake import JSON
from gateway.schema import BatchRequest, ClassifyRequest, Mail

_REF = "#/components/schemas/"
_PROBLEMS = {
    "400": "Not readable: JSON, timeout",
    "401": "No key, or one that is not valid",
    "403": "The key has another scope",
    "413": "Body too large",
    "415": "Media type or content encoding not supported",
    "422": "Does not fit the schema, or an unknown head",
    "429": "Overloaded, or the key calls too often; Retry-After says when to come back",
    "503": "Embedder or heads away; Retry-After says when to come back",
    "504": "Deadline passed",
    "500": "Anything else",
}
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_EXAMPLE = {
    "text": "Thanks, but we have no budget left this year.\n\nOn Mon, 2 Mar 2026 at 10:12, Ann "
    "Lee <ann@example.com> wrote:\n> Would you have 15 minutes this week?",
}


def document() -> dict[str, Any]:
    """Return the document; every route of the gateway but `/` and `/docs` is in it."""
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Trunkline",
            "version": _version(),
            "description": "What does this email reply want? One encoder, any number of heads.",
        },
        "paths": {
            "/v1/classify": {"post": _classify()},
            "/v1/classify/batch": {"post": _batch()},
            "/v1/clean": {"post": _clean()},
            "/v1/heads": {"get": _get("The heads that production serves", shapes.HeadsShape)},
            "/livez": {"get": _get("The process runs", shapes.LiveShape)},
            "/readyz": {"get": _ready()},
            "/metrics": {"get": _plain("Metrics in Prometheus' text format", "text/plain")},
            "/openapi.json": {"get": _plain("This document", "application/json")},
            "/ping": {"get": _plain("SageMaker: 200 when ready, 503 else", "text/plain")},
            "/invocations": {"post": _invocations()},
        },
        "components": {"schemas": _schemas(), "securitySchemes": _KEYS},
    }
    for path, methods in described["paths"].items():
        for operation in methods.values():
            operation["security"] = _security(path)
    return described


def _security(path: str) -> list[dict[str, list[str]]]:
    """Either way of showing a key; `{}`, none, where none is needed or the gateway has no keys."""
    if path in OPEN:
        return [{}]
    scope: str = SCOPE_BY_ROUTE.get(path, "admin")
    return [{}, *({name: [scope]} for name in _KEYS)]


def _classify() -> dict[str, Any]:
    return {
        "operationId": "classify",
        "summary": "Classify one email",
        "description": "JSON, or the RFC 822 message itself with options in the query.",
        "parameters": [*_headers(), *_options()],
        "requestBody": _body(ClassifyRequest, message=True),
        "responses": _responses(shapes.AnswerShape, _PROBLEMS),
    }


def _batch() -> dict[str, Any]:
    return {
        "operationId": "classifyBatch",
        "summary": "Classify up to 256 emails with one call to the embedder",
        "description": f"Each item is a `{Mail.__name__}`; one that is wrong fails alone.",
        "parameters": _headers(),
        "requestBody": _body(BatchRequest, message=False),
        "responses": _responses(shapes.BatchAnswerShape, _PROBLEMS),
    }


def _invocations() -> dict[str, Any]:
    """What both classify routes take, as one route: SageMaker knows no other."""
    operation = _classify()
    operation["operationId"] = "invoke"
    operation["summary"] = "SageMaker: classify one email, or a batch where `items` are given"
    content = operation["requestBody"]["content"][JSON]
    content["schema"] = {"oneOf": [content["schema"], {"$ref": _REF + BatchRequest.__name__}]}
    told = operation["responses"]["200"]["content"][JSON]
    told["schema"] = {"oneOf": [told["schema"], {"$ref": _REF + shapes.BatchAnswerShape.__name__}]}
    return operation


def _clean() -> dict[str, Any]:
    told = {code: _PROBLEMS[code] for code in ("400", "401", "403", "413", "415", "422", "500")}
    return {
        "operationId": "clean",
        "summary": "Show what the cleaner keeps and cuts of one email; no head runs",
        "parameters": _options(),
        "requestBody": _body(ClassifyRequest, message=True),
        "responses": _responses(shapes.CleanedShape, told),
    }


def _ready() -> dict[str, Any]:
    operation = _get("Embedder reachable, a head serving, first answer given", shapes.ReadyShape)
    operation["responses"]["503"] = _answer("Not ready", shapes.ReadyShape)
    return operation


def _get(summary: str, shape: type[BaseModel]) -> dict[str, Any]:
    return {"summary": summary, "responses": {"200": _answer("OK", shape)}}


def _plain(summary: str, media_type: str) -> dict[str, Any]:
    return {
        "summary": summary,
        "responses": {"200": {"description": "OK", "content": {media_type: {}}}},
    }


def _body(model: type[BaseModel], *, message: bool) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": {"$ref": _REF + model.__name__}}}
    example = _EXAMPLE if message else {"items": [_EXAMPLE]}
    content["application/json"]["example"] = example
    if message:
        content["message/rfc822"] = {"schema": {"type": "string"}}
    return {"required": True, "content": content}


def _responses(shape: type[BaseModel], problems: dict[str, str]) -> dict[str, Any]:
    told = {
        code: {
            "description": why,
            "content": {"application/problem+json": {"schema": {"$ref": _REF + "Problem"}}},
        }
        for code, why in problems.items()
    }
    return {"200": _answer("OK", shape), **told}


def _answer(description: str, shape: type[BaseModel]) -> dict[str, Any]:
    schema = {"$ref": _REF + shape.__name__}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _headers() -> list[dict[str, Any]]:
    told = {
        "X-Request-Timeout-Ms": ("integer", "the caller's deadline in milliseconds"),
        "X-Tenant-Id": ("string", "whose email it is: a tenant meets one version of a head"),
        "X-Request-Id": ("string", "repeated in the answer's header and in the log"),
        "traceparent": ("string", "W3C trace context, repeated in the answer"),
    }
    return [
        {"name": name, "in": "header", "description": why, "schema": {"type": kind}}
        for name, (kind, why) in told.items()
    ]


def _options() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "description": f"comma-separated; for `message/rfc822` bodies: {why}",
            "schema": {"type": "string"},
        }
        for name, why in (("heads", "heads to ask"), ("own_domains", "domains that are us"))
    ]


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
