"""Serves heads over HTTP: features in, predictions out."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from heads.config import Settings
from heads.errors import RequestError
from heads.lifecycle import switches
from heads.pools import attribution_wire, wire
from heads.pools.local import answer, attribution
from heads.registry.registry import Registry
from heads.service.candidates import add_demotion
from heads.service.describe import add_describe
from heads.service.metrics import Metrics
from heads.service.patience import patience_s
from heads.service.predict_trace import PredictTraces
from heads.service.tables import Tables
from heads.storage.opening import open_catalog
from trunkline.build import current_build
from trunkline.otlp.tracing import NoTracer, Tracer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

PROBLEM_TYPE = "application/problem+json"
_CODES = {
    404: ("not_found", "No such path"),
    405: ("method_not_allowed", "Not this method"),
    413: ("too_large", "The request is too large"),
}


def create_app(
    settings: Settings, registry: Registry, metrics: Metrics, tracer: Tracer | None = None
) -> Flask:
    """Compose the WSGI application over a started registry; `tracer` records predictions."""
    app = Flask("heads", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    add_describe(app, registry)
    _add_predict(app, settings, registry, metrics, PredictTraces(tracer or NoTracer()))
    _add_attribution(app, registry)
    secret = "" if settings.token is None else settings.token.get_secret_value()
    add_demotion(app, open_catalog(settings.catalog), secret)
    _add_operations(app, settings, registry, metrics)
    _add_errors(app, metrics)
    return app


def _add_predict(
    app: Flask, settings: Settings, registry: Registry, metrics: Metrics, traces: PredictTraces
) -> None:
    tables = Tables(settings, registry, metrics)

    def reply(body: bytes, environ: WSGIEnvironment) -> bytes:
        started = time.monotonic()
        content = tables.reply(body, environ) or reply_by_head(body, environ)
        metrics.responded(200)
        traces.ended(environ, started)
        return content

    def reply_by_head(body: bytes, environ: WSGIEnvironment) -> bytes:
        started = time.perf_counter()
        refs, rows, fingerprint = wire.parse_request(body)
        _within("heads", len(refs), settings.max_heads)
        _within("rows", len(rows), settings.max_rows)
        answers = answer(registry, refs, rows, fingerprint, patience_s(environ))
        content = wire.response_bytes(registry.current().head_set.generation, answers)
        metrics.answered(answers, len(rows), time.perf_counter() - started)
        return content

    @app.post("/v1/predict")
    def predict() -> Response:
        _require_media_type()
        started = time.monotonic()
        try:
            content = reply(request.get_data(cache=False), request.environ)
        except Exception:
            traces.ended(request.environ, started, failed=True)
            raise
        return Response(content, mimetype=wire.MEDIA_TYPE)

    app.wsgi_app = _shortcut(app.wsgi_app, reply, settings.max_body_bytes)  # type: ignore[assignment, method-assign]


def _add_attribution(app: Flask, registry: Registry) -> None:
    @app.post("/v1/attribution")
    def attribute() -> Response:
        _require_media_type()
        body = request.get_data(cache=False)
        asked = attribution_wire.parse_request(body)
        content = attribution_wire.response_bytes(
            attribution(registry, *asked, patience_s(request.environ))
        )
        return Response(content, mimetype=wire.MEDIA_TYPE)


def _require_media_type() -> None:
    if request.mimetype != wire.MEDIA_TYPE:
        detail = f"send {wire.MEDIA_TYPE}"
        raise RequestError(415, "unsupported_media_type", "Not this media type", detail)


def _shortcut(
    flask: WSGIApplication,
    reply: Callable[[bytes, WSGIEnvironment], bytes],
    max_body_bytes: int,
) -> WSGIApplication:
    """Answer good predictions without Flask's routing and contexts (most of a call's time).

    Whatever is unusual goes on to Flask, body and all, which finds the right words for it.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        plain = (
            environ["REQUEST_METHOD"] == "POST"
            and environ["PATH_INFO"] == "/v1/predict"
            and environ.get("CONTENT_TYPE") == wire.MEDIA_TYPE
            and length.isdecimal()
            and int(length) <= max_body_bytes
        )
        if not plain:
            return flask(environ, start_response)
        body = environ["wsgi.input"].read(int(length))
        try:
            content = reply(body, environ)
        except Exception:
            return flask({**environ, "wsgi.input": io.BytesIO(body)}, start_response)
        headers = [("Content-Type", wire.MEDIA_TYPE), ("Content-Length", str(len(content)))]
        start_response("200 OK", headers)
        return [content]

    return application


def _within(what: str, count: int, limit: int) -> None:
    if not 1 <= count <= limit:
        detail = f"{count} {what}; from 1 to {limit} are taken"
        status, code = (413, "too_large") if count else (400, "invalid_request")
        raise RequestError(status, code, f"Too many {what}" if count else f"No {what}", detail)


def _add_operations(app: Flask, settings: Settings, registry: Registry, metrics: Metrics) -> None:
    stale_s = max(10 * settings.poll_interval_s, 5.0)

    @app.get("/livez")
    def livez() -> Response:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> Response:
        heads = registry.current().head_set.heads.values()
        serving = sum(info.status != "failed" for info in heads)  # switched off is no fault
        if not serving:
            raise RequestError(503, "not_ready", "Not ready", "no head is being served")
        not_loaded = registry.never_loaded()
        if not_loaded:
            detail = f"production names heads that could not be loaded: {', '.join(not_loaded)}"
            raise RequestError(503, "not_ready", "Not ready", detail)
        if registry.idle_s() > stale_s:
            raise RequestError(503, "not_ready", "Not ready", "the catalog is no longer watched")
        if not registry.has_read_switches():
            detail = f"{switches.FILE} was never read: what is switched off is on here"
            raise RequestError(503, "not_ready", "Not ready", detail)
        return jsonify(status="ok", serving=serving)

    @app.get("/version")
    def version() -> Response:
        build = current_build()
        return jsonify(service="heads", version=build.version, commit=build.commit)

    @app.get("/metrics")
    def exposition() -> Response:
        return Response(metrics.exposition(), mimetype="text/plain; version=0.0.4")


def _add_errors(app: Flask, metrics: Metrics) -> None:
    def problem(status: int, code: str, title: str, detail: str) -> Response:
        if request.path == "/v1/predict":
            metrics.responded(status)
        response = jsonify(type="about:blank", status=status, code=code, title=title, detail=detail)
        response.status_code = status
        response.mimetype = PROBLEM_TYPE
        return response

    @app.errorhandler(RequestError)
    def refused(error: RequestError) -> Response:
        return problem(error.status, error.code, error.title, error.detail)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        code, title = _CODES.get(status, ("invalid_request", error.name))
        return problem(status, code, title, error.description or title)

    @app.errorhandler(Exception)
    def broke(error: Exception) -> Response:
        log.error("request_broke", path=request.path, exc_info=error)
        return problem(500, "internal", "Internal error", "see the service's log")
