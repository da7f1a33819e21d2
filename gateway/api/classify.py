"""Answers one mail or a batch of them, the same for every route."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from flask import Response, g, request

from gateway import metrics
from gateway.api import body, query, request_models
from gateway.api.caller_fields import tags_in_query
from gateway.api.ids import new_id
from gateway.api.large_bodies import LargeBodies
from gateway.api.middleware import accepted_at, server_timing, timeout_s
from gateway.api.recording import record_answers, require_room
from gateway.api.rendering import render, render_batch
from gateway.auth.guard import current_caller, current_tenant
from gateway.config import Settings
from gateway.errors import GatewayError
from gateway.inference.answer import Answer, Outcome
from gateway.inference.context import RequestMetadata, never_gone
from gateway.inference.deadline import Deadline
from gateway.inference.pipeline import Pipeline
from gateway.inference.plan import HeadNames
from gateway.inference.timings import Timings
from gateway.prediction_log.recorder import Recorder
from trunkline.serving.environ import PEER_GONE, NotAtOnceError

_COME_BACK = (429, 503, 504)
"""Statuses of what may be asked again."""


class RequestClock:
    """One request's deadline and stopwatch; the deadline counts from the request's first byte."""

    def __init__(self, settings: Settings) -> None:
        self.timings = Timings(g.get("trace"))
        self.deadline = _deadline(settings)

    def metadata(self, heads: HeadNames) -> RequestMetadata:
        """Return both with the heads to ask and the tenant whose emails they are."""
        return RequestMetadata(
            self.deadline,
            heads,
            current_tenant(),
            self.timings,
            request.environ.get(PEER_GONE, never_gone),
            tenant_is_bound=current_caller().is_bound,
        )


class AnswerIds(NamedTuple):
    """The ids of an answer and of its request, and that of the caller's key, if there is one."""

    answer: str
    request: str
    key: str | None


class AnswerContent(NamedTuple):
    """One mail's answer as JSON, its stages' milliseconds, and whether it was cached whole."""

    content: bytes
    spent_ms: Mapping[str, float]
    was_ready: bool


def answer_mail(
    pipeline: Pipeline,
    mail_request: request_models.ClassifyRequest,
    clock: RequestClock,
    recorder: Recorder | None,
) -> Response:
    """Return one mail's answer, recorded; raise the GatewayError that it failed with."""
    metadata, key_id = clock.metadata(mail_request.heads), current_caller().key_id
    ids = AnswerIds(g.answer_id, g.request_id, key_id)
    made = answer_content(pipeline, recorder, mail_request, metadata, ids)
    return json_response(made.content, made.spent_ms)


def answer_content(
    pipeline: Pipeline,
    recorder: Recorder | None,
    mail: request_models.ClassifyRequest,
    metadata: RequestMetadata,
    ids: AnswerIds,
    *,
    at_once: bool = False,
) -> AnswerContent:
    """Return one mail's answer, recorded; raise what it failed with.

    Raises NotAtOnceError where it is to be given `at_once` and has to wait for something.
    """
    outcome: Outcome | None
    if at_once:
        ready = pipeline.ready
        outcome = ready.find(ids.answer, mail.mail_input(), metadata) if ready else None
        if outcome is None:
            raise NotAtOnceError
    else:
        require_room(recorder)
        outcome = pipeline.classify({ids.answer: mail.mail_input()}, metadata)[ids.answer]
    if isinstance(outcome, GatewayError):
        raise outcome
    spent_ms = _stop(metadata.timings)
    recorded = record_answers(
        recorder, [(ids.answer, outcome, mail)], metadata, ids.key, ids.request, spent_ms
    )
    content = render(outcome, ids.answer, spent_ms, ids.request, recorded=recorded)
    return AnswerContent(content, spent_ms, outcome.cache == "answer")


def answer_batch(
    pipeline: Pipeline,
    batch: request_models.BatchRequest,
    clock: RequestClock,
    recorder: Recorder | None,
) -> Response:
    """Return each item's answer or problem, in order; all answers are recorded at once.

    What keeps items from being answered for now is their problem where others are answered, with
    the time to come back as header, and is raised where it leaves nothing.
    """
    require_room(recorder)
    items = {new_id(): _item(item) for item in batch.items}
    mails = {i: mail for i, mail in items.items() if isinstance(mail, request_models.Mail)}
    problems = {i: error for i, error in items.items() if isinstance(error, GatewayError)}
    metadata = clock.metadata(batch.heads)
    inputs = {item_id: mail.mail_input() for item_id, mail in mails.items()}
    outcomes = {**problems, **pipeline.classify(inputs, metadata)}
    spent_ms = _stop(clock.timings)
    ordered = [(item_id, outcomes[item_id]) for item_id in items]
    recorded = record_answers(
        recorder,
        ((i, outcome, mails[i]) for i, outcome in ordered if isinstance(outcome, Answer)),
        metadata,
        current_caller().key_id,
        g.request_id,
        spent_ms,
        batch_id=g.answer_id,
    )
    content = render_batch(ordered, g.answer_id, spent_ms, g.request_id, recorded=recorded)
    response = json_response(content, spent_ms)
    postponed = _postponed(outcomes.values())
    if postponed is not None:
        g.problem_code = postponed.code
        response.headers.update(postponed.headers())
    return response


@contextmanager
def reading_classify_request(
    settings: Settings, messages: LargeBodies
) -> Iterator[request_models.ClassifyRequest]:
    """Yield this request as one email: JSON, or the message itself with options in the query.

    A large message keeps its place among `messages` until the block ends.
    """
    if body.media_type(request, [body.JSON, body.MESSAGE]) == body.JSON:
        content = body.read_json(request, settings.max_body_bytes, settings.max_raw_bytes)
        yield request_models.read_classify(content)
    else:
        query.refuse_unknown(query.MESSAGE_OPTIONS)
        with messages.read(request) as message:
            yield read_message_request(message)


def read_message_request(content: bytes) -> request_models.ClassifyRequest:
    """Read an RFC 822 message with the options that stand in this request's query."""
    return request_models.read_message(
        content,
        query.listed("heads"),
        query.listed("own_domains"),
        query.single("scope"),
        subject_ref=query.single("subject_ref"),
        tags=tags_in_query(query.listed("tags")) or None,
    )


def json_response(content: bytes, timings_ms: Mapping[str, float] | None = None) -> Response:
    """Return a response of JSON that is already written; header and log hold the timings."""
    response = Response(content, mimetype=body.JSON)
    if timings_ms is not None:
        g.timings_ms = timings_ms
        response.headers["Server-Timing"] = server_timing(timings_ms)
    return response


def _deadline(settings: Settings) -> Deadline:
    header = request.headers.get("X-Request-Timeout-Ms")
    seconds = timeout_s(header, settings.request_timeout_ms, settings.max_request_timeout_ms)
    return Deadline(accepted_at() + seconds)


def _item(item: object) -> request_models.Mail | GatewayError:
    try:
        return request_models.read_item(item)
    except GatewayError as error:
        return error


def _postponed(outcomes: Collection[Outcome]) -> GatewayError | None:
    """Return the problem of items that may be sent again; raise it where nothing was answered."""
    errors = [outcome for outcome in outcomes if isinstance(outcome, GatewayError)]
    postponed = next((error for error in errors if error.status in _COME_BACK), None)
    if postponed is not None and len(errors) == len(outcomes):
        raise postponed
    return postponed


def _stop(timings: Timings) -> Mapping[str, float]:
    """Read the stopwatch, for metrics too."""
    spent_ms = timings.read()
    metrics.record_stages(spent_ms)
    return spent_ms
