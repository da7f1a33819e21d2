"""Serves the list of heads with their roles: as JSON, or as protobuf with a tag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify, request

from heads.pools import wire
from heads.prediction import HeadSet
from heads.registry.registry import Registry

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def add_describe(app: Flask, registry: Registry) -> None:
    """Add `GET /v1/heads`.

    Gateways ask all the time: one that shows the tag of what it knows is answered 304. With
    `Cache-Control: no-cache` the catalog is looked at first.
    """
    descriptions = _Descriptions()
    app.wsgi_app = _shortcut(app.wsgi_app, registry, descriptions)  # type: ignore[assignment, method-assign]

    @app.get("/v1/heads")
    def heads() -> Response:
        newest = bool(request.cache_control.no_cache)
        head_set = (registry.newest() if newest else registry.current()).head_set
        accepted = request.accept_mimetypes
        if accepted.best_match(["application/json", wire.MEDIA_TYPE]) == wire.MEDIA_TYPE:
            body, tag = descriptions.of(head_set)
            response = Response(body, mimetype=wire.MEDIA_TYPE)
            response.set_etag(tag)
            response.make_conditional(request)
            return response
        described = {
            role: [wire.description(info) for info in infos.values()]
            for role, infos in head_set.roles().items()
        }
        return jsonify(
            generation=head_set.generation, disabled_rules=head_set.disabled_rules, **described
        )


def _shortcut(
    flask: WSGIApplication, registry: Registry, descriptions: _Descriptions
) -> WSGIApplication:
    """Answer gateways that know what is served without Flask: they ask four times a second."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        shown = environ.get("HTTP_IF_NONE_MATCH")
        if (
            shown is None
            or environ["PATH_INFO"] != "/v1/heads"
            or environ["REQUEST_METHOD"] != "GET"
            or environ.get("HTTP_ACCEPT") != wire.MEDIA_TYPE
            or "HTTP_CACHE_CONTROL" in environ
        ):
            return flask(environ, start_response)
        tag = f'"{descriptions.of(registry.current().head_set)[1]}"'
        if shown != tag:
            return flask(environ, start_response)
        start_response("304 Not Modified", [("ETag", tag)])
        return []

    return application


class _Descriptions:
    """Keeps the protobuf message of the last head set, and the digest that is its tag."""

    def __init__(self) -> None:
        self._last: tuple[HeadSet, bytes, str] | None = None

    def of(self, head_set: HeadSet) -> tuple[bytes, str]:
        last = self._last
        if last is None or last[0] is not head_set:
            body = wire.describe_bytes(head_set)
            tag = hashlib.blake2b(body, digest_size=16).hexdigest()
            last = self._last = (head_set, body, tag)
        return last[1:]
