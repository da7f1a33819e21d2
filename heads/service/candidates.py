"""Serves the one change that others may make over HTTP: demoting a candidate out of bounds."""

from __future__ import annotations

import hmac
from typing import Annotated

import structlog
from flask import Flask, Request, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from heads.errors import AliasError, CatalogError, ConflictError, RequestError
from heads.lifecycle.promotion import demote_candidate
from heads.manifest import NAME, VERSION
from heads.storage.catalog import Catalog

log = structlog.get_logger(__name__)

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_MAX_BYTES = 4096


class _Demotion(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    head: Annotated[str, Field(pattern=NAME)]
    version: Annotated[str, Field(pattern=VERSION)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


def add_demotion(app: Flask, catalog: Catalog, token: str) -> None:
    """Add `POST /v1/candidates/demote`: {"head", "version", "reason"} -> {"demoted": bool}.

    It can demote a candidate and nothing else, so the worst a stranger could do is to delay
    one. With a `token`, callers show it as bearer; without, only this machine may call.
    `/v1/candidates/withdraw`, the name of release 0.1, does the same: -> {"withdrawn": bool}.
    """

    @app.post("/v1/candidates/demote")
    def demote() -> Response:
        return jsonify(demoted=_demoted(request, catalog, token))

    @app.post("/v1/candidates/withdraw")
    def withdraw() -> Response:
        return jsonify(withdrawn=_demoted(request, catalog, token))


def _demoted(asked: Request, catalog: Catalog, token: str) -> bool:
    """Demote the candidate that a request names; return False where it no longer is one."""
    _admit(asked, token)
    if (asked.content_length or 0) > _MAX_BYTES:
        raise RequestError(413, "too_large", "The request is too large", "4096 bytes at most")
    try:
        demotion = _Demotion.model_validate_json(asked.get_data(cache=False))
    except ValidationError as error:
        detail = "; ".join(map(_described, error.errors()))
        raise RequestError(400, "invalid_request", "Not a withdrawal", detail) from error
    try:
        return demote_candidate(catalog, demotion.head, demotion.version, demotion.reason)
    except (AliasError, CatalogError, ConflictError) as error:
        log.error("candidate_not_withdrawn", head=demotion.head, error=str(error))
        detail = "the catalog cannot be written; see the service's log"
        raise RequestError(503, error.code, "Not withdrawn", detail) from error


def _described(problem: ErrorDetails) -> str:
    """Describe a mistake without what was sent: the name of a field too many is the caller's."""
    field = "" if problem["type"] == "extra_forbidden" else ".".join(map(str, problem["loc"]))
    return f"{field}: {problem['msg']}" if field else problem["msg"]


def _admit(asked: Request, token: str) -> None:
    if token:
        token_shown = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if hmac.compare_digest(token_shown.encode(), token.encode()):
            return
        raise RequestError(401, "unauthorized", "Not you", "show HEADS_TOKEN as bearer token")
    proxied = "X-Forwarded-For" in asked.headers or "Forwarded" in asked.headers
    if asked.remote_addr not in _LOOPBACK or proxied:
        detail = "without HEADS_TOKEN only callers on this machine are heard"
        raise RequestError(403, "forbidden", "Not from there", detail)
