"""The routes under /v1 and those for probes: read a request, return its response."""

from dataclasses import fields
from typing import Any

from flask import Blueprint, Response, request
from pydantic_core import to_json

from gateway import config, metrics
from gateway.api import body, operation_models, query, request_models
from gateway.api import response_models as shapes
from gateway.api.classify import (
    RequestClock,
    answer_batch,
    answer_mail,
    json_response,
    reading_classify_request,
)
from gateway.api.health import SharedProbe
from gateway.api.json_values import refuse_many_values
from gateway.api.label_meanings import meanings_of
from gateway.api.large_bodies import LargeBodies
from gateway.api.openapi import HEADERS, OPTIONS, PROBLEMS, READING_PROBLEMS, documented
from gateway.api.shortcut import raise_failure
from gateway.auth.guard import public, requires
from gateway.config import Settings
from gateway.inference import head_counts
from gateway.inference.pipeline import Pipeline
from gateway.prediction_log.recorder import Recorder
from heads.prediction import HeadInfo, HeadSet
from trunkline.build import current_build

_CLASSIFY = documented(
    "classify",
    "Classify one email",
    "classify",
    shapes.AnswerShape,
    bodies=[request_models.ClassifyRequest],
    parameters=[*HEADERS, *OPTIONS],
    problems=PROBLEMS,
    description="JSON, or the RFC 822 message itself with options in the query.",
)
_CLASSIFY_BATCH = documented(
    "classifyBatch",
    "Classify up to 256 emails with one call to the embedder",
    "classify",
    shapes.BatchAnswerShape,
    bodies=[request_models.BatchRequest],
    parameters=HEADERS,
    problems=PROBLEMS,
    description="Each item is a `Mail`; one that is wrong fails alone.",
)
_CLEAN = documented(
    "clean",
    "Show what the cleaner keeps and cuts of one email; no head runs",
    "classify",
    shapes.CleanedShape,
    bodies=[request_models.ClassifyRequest],
    parameters=[*(header for header in HEADERS if header["name"] != "X-Tenant-Id"), *OPTIONS],
    problems=PROBLEMS,
)
_HEADS = documented(
    "listHeads",
    "The heads that production serves, with what their labels mean",
    "heads",
    shapes.HeadsShape,
    problems=READING_PROBLEMS,
)
_READY = documented(
    "ready",
    "Embedder reachable, a head and every required one answering, first answer given",
    "operations",
    operation_models.ReadyShape,
    not_ready=True,
)
_VERSION = documented(
    "version",
    "The build that runs",
    "operations",
    operation_models.VersionShape,
    problems=("422",),
)
_METRICS = documented(
    "metrics",
    "Metrics in Prometheus' text format",
    "operations",
    plain="text/plain",
    problems=("401", "403", "429", "500"),
)


def api(
    pipeline: Pipeline, settings: Settings, messages: LargeBodies, recorder: Recorder | None
) -> Blueprint:
    """Return the routes under `/v1`; `messages` reads emails sent as they are, and batches."""
    routes = Blueprint("api", __name__, url_prefix="/v1")

    @routes.post("/classify")
    @requires("classify", stores=True)
    @_CLASSIFY
    def classify() -> Response:
        raise_failure(request.environ)
        clock = RequestClock(settings)
        with reading_classify_request(settings, messages) as mail_request:
            return answer_mail(pipeline, mail_request, clock, recorder)

    @routes.post("/classify/batch")
    @requires("classify", stores=True)
    @_CLASSIFY_BATCH
    def classify_batch() -> Response:
        clock = RequestClock(settings)
        return answer_batch(pipeline, _read_batch(settings, messages), clock, recorder)

    @routes.post("/clean")
    @requires("classify")
    @_CLEAN
    def clean_mail() -> Response:
        clock = RequestClock(settings)
        with reading_classify_request(settings, messages) as mail_request:
            cleaned = pipeline.clean(mail_request.mail_input(), clock.metadata(None))
            return json_response(to_json(cleaned))

    @routes.get("/heads")
    @requires("classify")
    @_HEADS
    def heads() -> Response:
        query.refuse_unknown()
        return json_response(heads_json(pipeline.head_set(), pipeline.other_heads()))

    return routes


def operations(probe: SharedProbe) -> Blueprint:
    """Return the routes for probes and scrapers; `probe` finds out whether this worker is ready."""
    routes = Blueprint("operations", __name__)

    @routes.get("/livez")
    @public
    @documented("live", "The process runs", "operations", operation_models.LiveShape)
    def livez() -> Response:
        return json_response(b'{"live":true}')

    @routes.get("/readyz")
    @public
    @_READY
    def readyz() -> Response:
        readiness = probe.readiness()
        response = json_response(to_json({"ready": readiness.ready, "checks": readiness}))
        response.status_code = 200 if readiness.ready else 503
        return response

    @routes.get("/version")
    @public
    @_VERSION
    def version() -> Response:
        query.refuse_unknown()
        build = current_build()
        content = {"service": "gateway", "version": build.version, "commit": build.commit}
        return json_response(to_json(content))

    @routes.get("/metrics")
    @requires("admin", opened_by="metrics_open")
    @_METRICS
    def exposition() -> Response:
        head_counts.flush()
        page = metrics.exposition(shared=config.shares_metrics())
        return Response(page, content_type=metrics.CONTENT_TYPE)

    return routes


def _read_batch(settings: Settings, messages: LargeBodies) -> request_models.BatchRequest:
    """Read this request as a batch; a large one keeps its place only until it is parsed."""
    body.media_type(request, [body.JSON])
    query.refuse_unknown()
    with messages.read(request, settings.max_batch_body_bytes) as content:
        refuse_many_values(content)
        return request_models.read_batch(content)


def heads_json(head_set: HeadSet, other: HeadSet | None) -> bytes:
    """Return what `/v1/heads` answers."""
    members = _listed(head_set) | {"disabled_rules": head_set.disabled_rules}
    return to_json(members if other is None else members | {"other_encoder": _listed(other)})


def _listed(head_set: HeadSet) -> dict[str, Any]:
    listed = {
        role: [_described(infos[name]) for name in sorted(infos)]
        for role, infos in head_set.roles().items()
    }
    # As text: the number has more digits than a JavaScript number keeps.
    return {"generation": str(head_set.generation), **listed}


def _described(info: HeadInfo) -> dict[str, object]:
    members = {field.name: getattr(info, field.name) for field in fields(info)}
    return {**members, "label_meanings": meanings_of(info.name, info.labels)}
