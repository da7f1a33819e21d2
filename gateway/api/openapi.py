"""Builds the OpenAPI 3.1 document from the marks beside routes and the models of bodies."""

import re
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from flask import Flask
from pydantic import BaseModel

from gateway.api.caller_fields import SUBJECT_REF, TAGS_IN_QUERY
from gateway.api.request_models import ClassifyRequest
from gateway.api.schemas import REF, REQUEST_EXAMPLES, examples, schemas
from gateway.auth.guard import View, access_of
from gateway.auth.keys import SCOPES

_MARK = "_gateway_operation"
_JSON = "application/json"
PROBLEMS = {
    "400": "Not readable: HTTP, JSON, timeout; or the key has several tenants and X-Tenant-Id "
    "names none (`tenant_required`)",
    "401": "No key, or one that is not valid",
    "403": "The key has another scope (`forbidden`), or is bound to other tenants "
    "(`tenant_forbidden`)",
    "413": "Body too large",
    "415": "Media type or content encoding not supported",
    "422": "Does not fit the schema, an unknown query parameter, or an unknown head",
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
READING_PROBLEMS = ("400", "401", "403", "422", "429", "503", "500")
"""The refusals of a route that reads no body."""
TAGS = {
    "classify": "What an email wants, and how it is read",
    "embeddings": "Vectors of texts, in the shape of OpenAI's API",
    "heads": "What is served",
    "predictions": "What was answered before: corrected, shown, counted and erased",
    "operations": "For probes, scrapers and operators",
    "sagemaker": "The routes that SageMaker calls in a container",
    "document": "This document",
}
"""Groups of operations."""
Tag = Literal[
    "classify", "embeddings", "heads", "predictions", "operations", "sagemaker", "document"
]
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": _KEY},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": _KEY},
}
_PLAIN = {"text/plain": {"type": "string"}, _JSON: {"type": "object"}}
_PROBLEM = {"application/problem+json": {"schema": {"$ref": REF + "Problem"}}}
_REQUEST_ID = {"X-Request-Id": {"schema": {"type": "string"}, "description": "the request's id"}}
_NAMES = "^,*(?:[a-z][a-z0-9_]{0,63}(?:,+|$))*$"
HEADERS = tuple(
    {"name": name, "in": "header", "description": why, "schema": schema}
    for name, why, schema in (
        (
            "X-Request-Timeout-Ms",
            "the caller's deadline in milliseconds; the gateway's own limit holds beside it",
            {"type": "integer", "minimum": 1, "maximum": 999_999_999},
        ),
        (
            "X-Tenant-Id",
            "whose email it is: a tenant meets one version of a head. A key that is bound to "
            "tenants names one of its own; it needs no header where it has only one",
            {"type": "string"},
        ),
        (
            "X-Request-Id",
            "repeated in the answer, its header and the log; up to 128 letters, digits and ._:-, "
            "else another is made",
            {"type": "string"},
        ),
        ("traceparent", "W3C trace context, repeated in the answer", {"type": "string"}),
    )
)
"""The headers that a classify route reads."""
OPTIONS = tuple(
    {
        "name": name,
        "in": "query",
        "description": f"for `message/rfc822` bodies alone, refused beside JSON: {why}",
        "schema": schema,
    }
    for name, why, schema in (
        ("heads", "heads to ask, comma-separated", {"type": "string", "pattern": _NAMES}),
        ("own_domains", "domains that are us, comma-separated", {"type": "string"}),
        ("scope", "the words to read", {"type": "string", "enum": ["newest", "thread"]}),
        ("subject_ref", "who it is about, opaque", {"type": "string", "pattern": SUBJECT_REF}),
        (
            "tags",
            "up to 8 `name=value`, comma-separated",
            {"type": "string", "pattern": TAGS_IN_QUERY},
        ),
    )
)
"""The query parameters where the body is a message."""


def documented(
    operation: str,
    summary: str,
    tag: Tag,
    *answers: type[BaseModel],
    bodies: Iterable[type[BaseModel]] = (),
    parameters: Iterable[Mapping[str, Any]] = (),
    problems: Iterable[str] = (),
    plain: str = "",
    not_ready: bool = False,
    **members: str,
) -> Callable[[View], View]:
    """Put a route into the document: the models of its answers and bodies, or a `plain` media type.

    A route that reads a ClassifyRequest reads the message itself as well. `problems` are the
    statuses of its refusals, `not_ready`: it answers 503 with the same content. `operation` is its
    id; `members` are further ones of the operation, such as its description.
    """
    content = _content(answers) if answers else {plain: {"schema": _PLAIN[plain]}}
    refusals = {status: _response(_MEANINGS[status], _PROBLEM) for status in problems}
    responses = {"200": _response("OK", content), **refusals}
    if not_ready:
        responses["503"] = _response("Not ready", content)
    described: dict[str, Any] = {
        "operationId": operation,
        "summary": summary,
        "tags": [tag],
        **members,
        "responses": responses,
    }
    if parameters:
        described["parameters"] = list(parameters)
    if bodies:
        described["requestBody"] = _request_body(tuple(bodies))

    def mark(view: View) -> View:
        setattr(view, _MARK, described)
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
        "tags": [{"name": name, "description": why} for name, why in TAGS.items()],
        "paths": paths,
        "components": {"schemas": schemas(), "securitySchemes": _KEYS},
    }


def _template(rule: str) -> str:
    """Return a route's path with its parameters as OpenAPI writes them: `{name}`."""
    return re.sub(r"<(?:[^<>:]*:)?([^<>]*)>", r"{\1}", rule)


def _security(scope: str | None) -> list[dict[str, list[str]]]:
    """Return either way of showing a key; `{}`, none, where a gateway or this route needs none."""
    return [{}] if scope is None else [{}, *({name: [scope]} for name in _KEYS)]


def _response(description: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "headers": _REQUEST_ID, "content": content}


def _content(models: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    """Return the schema of an answer that is one of these, with a real one of each."""
    shown = [(model.__name__, examples()[model.__name__]) for model in models]
    if len(shown) == 1:
        return {_JSON: {"schema": _schema(models), "example": shown[0][1]}}
    named = {name: {"value": value} for name, value in shown}
    return {_JSON: {"schema": _schema(models), "examples": named}}


def _schema(models: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    refs = [{"$ref": REF + model.__name__} for model in models]
    return refs[0] if len(refs) == 1 else {"oneOf": refs}


def _request_body(models: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    example = REQUEST_EXAMPLES[models[0]]
    content: dict[str, Any] = {_JSON: {"schema": _schema(models), "example": example}}
    if ClassifyRequest in models:
        content["message/rfc822"] = {"schema": {"type": "string", "format": "binary"}}
    return {"required": True, "content": content}


def _version() -> str:
    try:
        return version("trunkline")
    except PackageNotFoundError:  # run from a checkout
        return "0"
