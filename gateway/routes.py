"""The API's routes: read the request, ask the pipeline, write the answer."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, g, request
from pydantic_core import to_json

from gateway import config, health, intake, metrics, schema
from gateway.config import Settings
from gateway.deadline import Deadline, timeout_s, within
from gateway.errors import GatewayError
from gateway.identity import accepted_tenant, new_id
from gateway.mail import MailInput, clean
from gateway.pipeline import Pipeline, Sent
from gateway.render import Outcome, render, render_batch
from gateway.timings import Timings
from heads.prediction import HeadSet


def api(pipeline: Pipeline, settings: Settings) -> Blueprint:
    """Return the routes under `/v1`."""
    routes = Blueprint("api", __name__, url_prefix="/v1")
    _add_classify(routes, pipeline, settings)

    @routes.post("/clean")
    def clean_mail() -> Response:
        return _json(to_json(clean(_question(settings).mail_input())))

    @routes.get("/heads")
    def heads() -> Response:
        return _json(_described(pipeline.head_set()))

    return routes


def _add_classify(routes: Blueprint, pipeline: Pipeline, settings: Settings) -> None:
    @routes.post("/classify")
    def classify() -> Response:
        timings = Timings()
        deadline = _deadline(settings)
        question = _question(settings)
        (outcome,) = pipeline.classify(
            [question.mail_input()], question.heads, deadline, timings, _sent([g.answer_id])
        )
        if isinstance(outcome, GatewayError):
            raise outcome
        spent = _spent(timings)
        return _json(render(outcome, g.answer_id, spent), spent)

    @routes.post("/classify/batch")
    def classify_batch() -> Response:
        timings = Timings()
        deadline = _deadline(settings)
        intake.media_type(request, [intake.JSON])
        batch = schema.read_batch(intake.body(request, settings.max_batch_body_bytes))
        read = [(new_id(), _item(item)) for item in batch.items]
        mails = [(i, mail) for i, mail in read if isinstance(mail, MailInput)]
        asked = ([mail for _, mail in mails], batch.heads, deadline, timings)
        answers = iter(pipeline.classify(*asked, _sent([i for i, _ in mails])))
        outcomes: list[tuple[str, Outcome]] = [
            (i, next(answers) if isinstance(mail, MailInput) else mail) for i, mail in read
        ]
        spent = _spent(timings)
        return _json(render_batch(outcomes, g.answer_id, spent), spent)


def operations(pipeline: Pipeline) -> Blueprint:
    """Return the routes that machines ask."""
    routes = Blueprint("operations", __name__)

    @routes.get("/livez")
    def livez() -> Response:
        return _json(b'{"live":true}')

    @routes.get("/readyz")
    def readyz() -> Response:
        found = health.probe(pipeline)
        response = _json(to_json({"ready": found.ready, "checks": found}))
        response.status_code = 200 if found.ready else 503
        return response

    @routes.get("/metrics")
    def exposition() -> Response:
        body = metrics.exposition(shared=config.shares_metrics())
        return Response(body, content_type=metrics.CONTENT_TYPE)

    return routes


def _described(head_set: HeadSet) -> bytes:
    roles = {
        "heads": head_set.heads,
        "candidates": head_set.candidates,
        "shadows": head_set.shadows,
    }
    listed = {role: [infos[name] for name in sorted(infos)] for role, infos in roles.items()}
    # As text: the number has more digits than a JavaScript number keeps.
    return to_json({"generation": str(head_set.generation), **listed})


def _deadline(settings: Settings) -> Deadline:
    header = request.headers.get("X-Request-Timeout-Ms")
    return within(timeout_s(header, settings.request_timeout_ms, settings.max_request_timeout_ms))


def _sent(ids: Sequence[str]) -> Sent:
    return Sent(ids, accepted_tenant(request.headers.get("X-Tenant-Id")))


def _question(settings: Settings) -> schema.ClassifyRequest:
    kind = intake.media_type(request, [intake.JSON, intake.MESSAGE])
    body = intake.body(request, settings.max_body_bytes)
    if kind == intake.JSON:
        return schema.read_classify(body)
    return schema.read_message(body, _listed("heads"), _listed("own_domains"))


def _listed(name: str) -> list[str]:
    return [part for part in request.args.get(name, "").split(",") if part]


def _item(item: object) -> MailInput | GatewayError:
    try:
        return schema.read_item(item).mail_input()
    except GatewayError as error:
        return error


def _spent(timings: Timings) -> Mapping[str, float]:
    spent = g.timings_ms = timings.read()
    metrics.record_stages(spent)
    return spent


def _json(body: bytes, timings_ms: Mapping[str, float] | None = None) -> Response:
    response = Response(body, mimetype="application/json")
    if timings_ms is not None:
        response.headers["Server-Timing"] = ", ".join(
            f"{stage};dur={milliseconds}" for stage, milliseconds in timings_ms.items()
        )
    return response
