"""Answers one mail or a batch of them, the same whichever route they came by."""

from collections.abc import Mapping

from flask import Response, g, request

from gateway import intake, metrics, schema
from gateway.config import Settings
from gateway.context import RequestMetadata
from gateway.deadline import Deadline, timeout_s, within
from gateway.errors import GatewayError
from gateway.identity import accepted_tenant, new_id
from gateway.mail import MailInput
from gateway.pipeline import Pipeline
from gateway.plan import HeadNames
from gateway.rendering import render, render_batch
from gateway.timings import Timings


class RequestClock:
    """One request's deadline and timings; made before its body is read, because that counts."""

    def __init__(self, settings: Settings) -> None:
        self.timings = Timings()
        self.deadline = _deadline(settings)

    def metadata(self, heads: HeadNames) -> RequestMetadata:
        """Return these with the heads to ask and the tenant that the request names."""
        tenant = accepted_tenant(request.headers.get("X-Tenant-Id"))
        return RequestMetadata(self.deadline, heads, tenant, self.timings)


def answered(pipeline: Pipeline, question: schema.ClassifyRequest, clock: RequestClock) -> Response:
    """Return one mail's answer; raise the GatewayError that it failed with."""
    mails = {g.answer_id: question.mail_input()}
    outcome = pipeline.classify(mails, clock.metadata(question.heads))[g.answer_id]
    if isinstance(outcome, GatewayError):
        raise outcome
    spent = _spent(clock.timings)
    return json_response(render(outcome, g.answer_id, spent), spent)


def batch_answered(pipeline: Pipeline, batch: schema.BatchRequest, clock: RequestClock) -> Response:
    """Return each item's answer or problem, in order."""
    items = {new_id(): _item(item) for item in batch.items}
    mails = {item_id: mail for item_id, mail in items.items() if isinstance(mail, MailInput)}
    problems = {
        item_id: error for item_id, error in items.items() if isinstance(error, GatewayError)
    }
    outcomes = {**problems, **pipeline.classify(mails, clock.metadata(batch.heads))}
    spent = _spent(clock.timings)
    ordered = [(item_id, outcomes[item_id]) for item_id in items]
    return json_response(render_batch(ordered, g.answer_id, spent), spent)


def read_question(settings: Settings) -> schema.ClassifyRequest:
    """Read this request as one email: JSON, or the message itself with options in the query."""
    kind = intake.media_type(request, [intake.JSON, intake.MESSAGE])
    body = intake.body(request, settings.max_body_bytes)
    return schema.read_classify(body) if kind == intake.JSON else message_question(body)


def message_question(body: bytes) -> schema.ClassifyRequest:
    """Read an RFC 822 message with the options that stand in this request's query."""
    return schema.read_message(body, _listed("heads"), _listed("own_domains"))


def json_response(body: bytes, timings_ms: Mapping[str, float] | None = None) -> Response:
    """Return JSON that is already written; its header tells where the time went."""
    response = Response(body, mimetype=intake.JSON)
    if timings_ms is not None:
        response.headers["Server-Timing"] = ", ".join(
            f"{stage};dur={milliseconds}" for stage, milliseconds in timings_ms.items()
        )
    return response


def _deadline(settings: Settings) -> Deadline:
    header = request.headers.get("X-Request-Timeout-Ms")
    return within(timeout_s(header, settings.request_timeout_ms, settings.max_request_timeout_ms))


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
