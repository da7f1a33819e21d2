"""The API's routes: read the request, have it answered."""

from flask import Blueprint, Response, request
from pydantic_core import to_json

from gateway import config, health, intake, metrics, schema
from gateway.answering import Started, answered, batch_answered, json_response, read_question
from gateway.config import Settings
from gateway.mail import clean
from gateway.pipeline import Pipeline
from heads.prediction import HeadSet


def api(pipeline: Pipeline, settings: Settings) -> Blueprint:
    """Return the routes under `/v1`."""
    routes = Blueprint("api", __name__, url_prefix="/v1")

    @routes.post("/classify")
    def classify() -> Response:
        started = Started(settings)
        return answered(pipeline, read_question(settings), started)

    @routes.post("/classify/batch")
    def classify_batch() -> Response:
        started = Started(settings)
        intake.media_type(request, [intake.JSON])
        batch = schema.read_batch(intake.body(request, settings.max_batch_body_bytes))
        return batch_answered(pipeline, batch, started)

    @routes.post("/clean")
    def clean_mail() -> Response:
        return json_response(to_json(clean(read_question(settings).mail_input())))

    @routes.get("/heads")
    def heads() -> Response:
        return json_response(_described(pipeline.head_set()))

    return routes


def operations(pipeline: Pipeline) -> Blueprint:
    """Return the routes that machines ask."""
    routes = Blueprint("operations", __name__)

    @routes.get("/livez")
    def livez() -> Response:
        return json_response(b'{"live":true}')

    @routes.get("/readyz")
    def readyz() -> Response:
        found = health.probe(pipeline)
        response = json_response(to_json({"ready": found.ready, "checks": found}))
        response.status_code = 200 if found.ready else 503
        return response

    @routes.get("/metrics")
    def exposition() -> Response:
        body = metrics.exposition(shared=config.shares_metrics())
        return Response(body, content_type=metrics.CONTENT_TYPE)

    return routes


def _described(head_set: HeadSet) -> bytes:
    listed = {
        role: [infos[name] for name in sorted(infos)] for role, infos in head_set.roles().items()
    }
    # As text: the number has more digits than a JavaScript number keeps.
    return to_json({"generation": str(head_set.generation), **listed})
