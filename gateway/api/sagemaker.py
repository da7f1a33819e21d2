"""The two routes that SageMaker calls in a container: readiness, and classification."""

from flask import Blueprint, Response, request
from pydantic_core import from_json

from gateway.api import body, query, request_models
from gateway.api import response_models as shapes
from gateway.api.classify import RequestClock, answer_batch, answer_mail, read_message_request
from gateway.api.health import SharedProbe
from gateway.api.json_values import refuse_many_values
from gateway.api.large_bodies import LargeBodies
from gateway.api.openapi import HEADERS, OPTIONS, PROBLEMS, documented
from gateway.auth.guard import public, requires
from gateway.config import Settings
from gateway.errors import BodyTooLargeError
from gateway.inference.pipeline import Pipeline
from gateway.prediction_log.recorder import Recorder

_INVOKE = documented(
    "invoke",
    "Classify one email, or a batch where `items` are given",
    "sagemaker",
    shapes.AnswerShape,
    shapes.BatchAnswerShape,
    bodies=[request_models.ClassifyRequest, request_models.BatchRequest],
    parameters=[*HEADERS, *OPTIONS],
    problems=PROBLEMS,
    description="JSON, or the RFC 822 message itself with options in the query.",
)


def container(
    pipeline: Pipeline,
    settings: Settings,
    messages: LargeBodies,
    probe: SharedProbe,
    recorder: Recorder | None,
) -> Blueprint:
    """Return `/ping` and `/invocations`; the latter takes what both classify routes take."""
    routes = Blueprint("sagemaker", __name__)

    @routes.get("/ping")
    @public
    @documented("ping", "200 when ready, 503 else", "sagemaker", plain="text/plain", not_ready=True)
    def ping() -> Response:
        status = 200 if probe.readiness().ready else 503
        return Response(status=status, mimetype="text/plain")

    @routes.post("/invocations")
    @requires("classify", opened_by="sagemaker", stores=True)  # which has checked its callers then
    @_INVOKE
    def invocations() -> Response:
        clock = RequestClock(settings)
        if body.media_type(request, [body.JSON, body.MESSAGE]) == body.MESSAGE:
            query.refuse_unknown(query.MESSAGE_OPTIONS)
            with messages.read(request) as message:
                return answer_mail(pipeline, read_message_request(message), clock, recorder)
        query.refuse_unknown()
        asked = _read_json(settings, messages)
        if isinstance(asked, request_models.BatchRequest):
            return answer_batch(pipeline, asked, clock, recorder)
        return answer_mail(pipeline, asked, clock, recorder)

    return routes


def _read_json(
    settings: Settings, messages: LargeBodies
) -> request_models.ClassifyRequest | request_models.BatchRequest:
    """Read this request as a batch or one email; a large one keeps its place until it is parsed."""
    with messages.read(request, settings.max_batch_body_bytes) as content:
        refuse_many_values(content)
        if _is_batch(content):
            return request_models.read_batch(content)
        if len(content) > settings.max_body_bytes:
            raise BodyTooLargeError(settings.max_body_bytes, settings.max_raw_bytes)
        return request_models.read_classify(content)


def _is_batch(content: bytes) -> bool:
    """Whether this is a batch's frame; what is not JSON is for the reader of one mail to refuse."""
    try:
        parsed = from_json(content)
    except ValueError:
        return False
    return isinstance(parsed, dict) and "items" in parsed
