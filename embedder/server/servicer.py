"""The gRPC edge: translate messages to calls and back, and errors to status codes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NoReturn, TypeVar

import grpc
import structlog

from embedder.api import EncoderIdentity, ItemError
from embedder.batching.encode import parse_view
from embedder.batching.engine import Engine, Prompt
from embedder.batching.flight import Call
from embedder.client import CODE_KEY, PUSHBACK_KEY
from embedder.errors import (
    Cancelled,
    DeadlineExceeded,
    EmbedderError,
    FingerprintMismatch,
    InvalidInput,
    Overloaded,
    Unavailable,
)
from embedder.metrics import Metrics
from embedder.server.answers import item, timings
from embedder.server.attributing import attribute_response, directions_of
from embedder.server.call_trace import Context, add_stages, begin_trace, end_trace
from protos.embedder.v1 import embedder_pb2 as pb
from protos.embedder.v1 import embedder_pb2_grpc
from trunkline.otlp.spans import Trace
from trunkline.otlp.tracing import Tracer

log = structlog.get_logger()

Response = TypeVar("Response")

_STATUS: Final[Mapping[type[EmbedderError], grpc.StatusCode]] = {
    InvalidInput: grpc.StatusCode.INVALID_ARGUMENT,
    FingerprintMismatch: grpc.StatusCode.FAILED_PRECONDITION,
    Overloaded: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Unavailable: grpc.StatusCode.UNAVAILABLE,
    DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
    Cancelled: grpc.StatusCode.CANCELLED,
}
_TEXT_EMPTY: Final = ItemError("text_empty", "text is empty")


@dataclass(frozen=True)
class RequestLimits:
    """Bounds on one request; `request_timeout_s` also stands in for a missing deadline."""

    max_texts: int
    max_text_chars: int
    request_timeout_s: float


class EmbedderServicer(embedder_pb2_grpc.EmbedderServiceServicer):
    """Serves `embedder.v1.EmbedderService` from an engine.

    `static_info` holds those fields of `Info`'s answer that never change. `active` counts the
    requests inside; once `draining` is set, new ones are refused.
    """

    def __init__(
        self,
        engine: Engine,
        limits: RequestLimits,
        metrics: Metrics,
        static_info: pb.InfoResponse,
        tracer: Tracer,
    ) -> None:
        self.active = 0
        self.draining = False
        self._idle = asyncio.Event()
        self._engine = engine
        self._limits = limits
        self._metrics = metrics
        self._static_info = static_info
        self._tracer = tracer
        self._encoder = static_info.encoder
        self._dim = static_info.dim
        self._layers = static_info.layers

    async def Embed(  # noqa: N802 - the wire's name
        self, request: pb.EmbedRequest, context: Context
    ) -> pb.EmbedResponse:
        """See embedder.proto."""
        answer = partial(self._embed, request, context)
        return await self._served("Embed", len(request.texts), context, answer)

    async def Attribute(  # noqa: N802 - the wire's name
        self, request: pb.AttributeRequest, context: Context
    ) -> pb.AttributeResponse:
        """See embedder.proto."""
        answer = partial(self._attribute, request, context)
        return await self._served("Attribute", 1, context, answer)

    async def Info(  # noqa: N802 - the wire's name
        self, request: pb.InfoRequest, context: Context
    ) -> pb.InfoResponse:
        """See embedder.proto."""
        started = time.monotonic()
        scheduler = self._engine.scheduler
        cache = scheduler.cache
        answer = pb.InfoResponse()
        answer.CopyFrom(self._static_info)
        answer.queue_size = scheduler.queue.size
        answer.forwards = scheduler.forwards
        answer.cache.maxsize = cache.maxsize
        answer.cache.currsize = cache.currsize
        answer.cache.hits = cache.hits
        answer.cache.misses = cache.misses
        answer.cache.coalesced = cache.coalesced
        answer.cache.evictions = cache.evictions
        self._metrics.requests["Info", "OK"].inc()
        self._metrics.request_duration["Info"].observe(time.monotonic() - started)
        return answer

    async def Forget(  # noqa: N802 - the wire's name
        self, request: pb.ForgetRequest, context: Context
    ) -> pb.ForgetResponse:
        """See embedder.proto."""
        answer = partial(self._forget, request)
        return await self._served("Forget", len(request.cache_keys), context, answer)

    async def idle(self) -> None:
        """Wait until no request is inside."""
        while self.active:
            self._idle.clear()
            await self._idle.wait()

    async def _forget(
        self, request: pb.ForgetRequest, _started: float, _trace: Trace | None
    ) -> pb.ForgetResponse:
        if bool(request.cache_keys) == request.everything:
            raise InvalidInput("name cache_keys or everything", code="forget_what")
        keys = None if request.everything else request.cache_keys
        return pb.ForgetResponse(forgotten=await self._engine.forget(keys))

    async def _served(
        self,
        method: str,
        texts: int,
        context: Context,
        answer: Callable[[float, Trace | None], Awaitable[Response]],
    ) -> Response:
        """Answer a request that began now; count it, and end it with the status of its error."""
        started = time.monotonic()
        self.active += 1
        code = "INTERNAL"
        trace = begin_trace(self._tracer, context, started)
        try:
            response = await answer(started, trace)
            code = "OK"
            return response
        except asyncio.CancelledError:
            code = "CANCELLED"
            raise
        except EmbedderError as error:
            status = _STATUS.get(type(error), grpc.StatusCode.INTERNAL)
            code = status.name
            await _abort(context, status, error)
        except Exception:
            log.exception("request_failed")
            await _abort(context, grpc.StatusCode.INTERNAL, EmbedderError("internal error"))
        finally:
            self.active -= 1
            if self.active == 0:
                self._idle.set()
            now = time.monotonic()
            self._metrics.requests[method, code].inc()
            self._metrics.request_duration[method].observe(now - started)
            if trace is not None:
                end_trace(trace, method, code, texts, now)

    async def _embed(
        self, request: pb.EmbedRequest, context: Context, started: float, trace: Trace | None
    ) -> pb.EmbedResponse:
        self._admit(request.expected_fingerprint)
        views = tuple(request.views)
        if len(set(views)) != len(views):
            raise InvalidInput("views has duplicates", code="views_duplicate")
        self._check_views(views)
        prompts = self._prompts(request)
        deadline = started + self._limit_s(context)
        bulk = request.lane == pb.LANE_BULK
        call = await self._engine.embed(prompts, views, deadline, bulk=bulk)
        if trace is not None:
            add_stages(trace, call, started)
        return self._response(call, views, started)

    async def _attribute(
        self, request: pb.AttributeRequest, context: Context, started: float, trace: Trace | None
    ) -> pb.AttributeResponse:
        self._admit(request.expected_fingerprint)
        self._check_views([direction.view for direction in request.directions])
        directions = directions_of(request, self._dim)
        prompt = self._prompt(request.text, request.context)
        if prompt.refusal is not None:
            raise InvalidInput(prompt.refusal.message, code=prompt.refusal.code)
        deadline = started + self._limit_s(context)
        call, spans = await self._engine.attribute(prompt, directions, deadline)
        if trace is not None:
            add_stages(trace, call, started)
        response = attribute_response(call, spans)
        response.timings.CopyFrom(timings(call, started))
        response.encoder.CopyFrom(self._encoder)
        return response

    def _admit(self, expected_fingerprint: str) -> None:
        if self.draining:
            raise Unavailable("the embedder is stopping", code="draining")
        if expected_fingerprint not in ("", self._encoder.fingerprint):
            raise FingerprintMismatch(
                f"this encoder is {self._encoder.fingerprint}, another one was expected"
            )

    def _limit_s(self, context: Context) -> float:
        remaining_s = context.time_remaining()
        limit_s = self._limits.request_timeout_s
        return limit_s if remaining_s is None else min(limit_s, remaining_s)

    def _check_views(self, views: Sequence[str]) -> None:
        if not views:
            raise InvalidInput("views is empty", code="views_empty")
        for view in views:
            try:
                layer = parse_view(view).layer
            except ValueError as error:
                raise InvalidInput(f"views: {error}", code="view_unknown") from None
            if layer > self._layers:
                message = f"views: the encoder has layers 0 to {self._layers}"
                raise InvalidInput(message, code="view_unknown")

    def _prompts(self, request: pb.EmbedRequest) -> list[Prompt]:
        texts, contexts, limit = request.texts, request.contexts, self._limits.max_texts
        if not texts:
            raise InvalidInput("texts is empty", code="texts_empty")
        if len(texts) > limit:
            raise InvalidInput(f"texts has more than {limit} entries", code="too_many_texts")
        if not contexts:
            return [self._prompt(text, "") for text in texts]
        if len(contexts) != len(texts):
            raise InvalidInput("contexts is not as long as texts", code="contexts_mismatch")
        return [self._prompt(text, context) for text, context in zip(texts, contexts, strict=True)]

    def _prompt(self, text: str, context: str) -> Prompt:
        limit = self._limits.max_text_chars
        if not text or text.isspace():
            return Prompt("", "", _TEXT_EMPTY)
        if len(text) > limit or len(context) > limit:
            message = f"text or context is longer than {limit} characters"
            return Prompt("", "", ItemError("text_too_long", message))
        return Prompt(text, context)

    def _response(self, call: Call, views: Sequence[str], started: float) -> pb.EmbedResponse:
        return pb.EmbedResponse(
            dim=self._dim,
            items=[
                item(answer, key, views)
                for answer, key in zip(call.answers, call.keys, strict=True)
            ],
            timings=timings(call, started),
            encoder=self._encoder,
        )


def identity_message(identity: EncoderIdentity) -> pb.EncoderIdentity:
    """Write an encoder's identity as its message."""
    return pb.EncoderIdentity(
        model_id=identity.model_id,
        fingerprint=identity.fingerprint,
        runtime=identity.runtime,
        precision=identity.precision,
    )


async def _abort(context: Context, status: grpc.StatusCode, error: EmbedderError) -> NoReturn:
    trailing = [(CODE_KEY, error.code)]
    if error.retry_after_s is not None:
        trailing.append((PUSHBACK_KEY, str(round(error.retry_after_s * 1000))))
    await context.abort(status, str(error), tuple(trailing))
    raise AssertionError("abort returned")
