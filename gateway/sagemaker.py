"""The two routes that SageMaker calls in a container: is it ready, and answer this."""

from flask import Blueprint, Response, request
from pydantic_core import from_json

from gateway import answer_schema as shapes
from gateway import health, intake, schema
from gateway.admission import public, requires
from gateway.answering import RequestClock, answered, batch_answered, message_question
from gateway.config import Settings
from gateway.errors import BodyTooLargeError
from gateway.openapi import HEADERS, OPTIONS, PROBLEMS, documented
from gateway.pipeline import Pipeline


def container(pipeline: Pipeline, settings: Settings) -> Blueprint:
    """Return `/ping` and `/invocations`; the latter takes what both classify routes take."""
    routes = Blueprint("sagemaker", __name__)

    @routes.get("/ping")
    @public
    @documented("SageMaker: 200 when ready, 503 else", plain="text/plain")
    def ping() -> Response:
        return Response(status=200 if health.probe(pipeline).ready else 503)

    @routes.post("/invocations")
    @requires("classify", opened_by="sagemaker")  # which has checked its callers then
    @documented(
        "SageMaker: classify one email, or a batch where `items` are given",
        shapes.AnswerShape,
        shapes.BatchAnswerShape,
        bodies=[schema.ClassifyRequest, schema.BatchRequest],
        parameters=[*HEADERS, *OPTIONS],
        problems=PROBLEMS,
        operationId="invoke",
        description="JSON, or the RFC 822 message itself with options in the query.",
    )
    def invocations() -> Response:
        clock = RequestClock(settings)
        kind = intake.media_type(request, [intake.JSON, intake.MESSAGE])
        body = intake.body(request, settings.max_batch_body_bytes)
        if kind == intake.JSON and _is_batch(body):
            return batch_answered(pipeline, schema.read_batch(body), clock)
        if len(body) > settings.max_body_bytes:
            raise BodyTooLargeError(settings.max_body_bytes)
        read = schema.read_classify if kind == intake.JSON else message_question
        return answered(pipeline, read(body), clock)

    return routes


def _is_batch(body: bytes) -> bool:
    """Whether this is a batch's frame; what is not JSON is for the reader of one mail to refuse."""
    try:
        content = from_json(body)
    except ValueError:
        return False
    return isinstance(content, dict) and "items" in content
