"""Sends a request until a replica answers it, within one deadline and a budget of repeats."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

import grpc

from embedder.client.balancer import Balancer, EmbedderReplica
from embedder.client.connection import Connection
from embedder.client.wire import error_of
from embedder.errors import Cancelled, EmbedderError, Overloaded, Unavailable
from protos.embedder.v1 import embedder_pb2 as pb
from trunkline.repeats import RepeatBudget
from trunkline.replica_observer import Observer

MAX_ATTEMPTS: Final = 4
FAIR_S: Final = 1.0
"""An attempt that had less time than this says nothing about a replica by timing out."""
WORTH_S: Final = 0.01
"""With less time than this left there is no other attempt; time-outs come a little early."""
MARGIN: Final = 4.0
"""An attempt has at least so many times what its replica takes for as many texts."""
RETRY_AFTER_S: Final = 1.0
_BACKOFF_S: Final = 0.1
_INFO_FAIR_S: Final = 0.1
# An answer from the cache says nothing of a replica's speed, unless it comes late.
_TELLING_S: Final = 0.05
_AWAY: Final = ("unreachable", "timed_out", "set_aside")
_LOST: Final = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)

Response = TypeVar("Response", pb.EmbedResponse, pb.AttributeResponse, pb.InfoResponse)


class Attempts:
    """Embedding twice is harmless, so what fails on one replica may be sent to another.

    Free is a repeat after a replica was lost: that happens once each time. What a time-out, a full
    queue or a lone replica's failure repeats comes out of a budget.
    """

    def __init__(self, balancer: Balancer, observer: Observer) -> None:
        self.balancer = balancer
        self._replicas = balancer.replicas
        self._observer = observer
        self._budget = RepeatBudget()
        self._pause = threading.Event()

    def embed(
        self, request: pb.EmbedRequest, timeout_s: float, traceparent: str = ""
    ) -> pb.EmbedResponse:
        """Embed; raise the last attempt's `EmbedderError`.

        Where that one had no answer but a queue was full before, `Overloaded`.
        """
        texts = len(request.texts) or 1
        method = _embed if not traceparent else _embed_under(traceparent)
        response, replica, spent_s = self._send(method, request, texts, FAIR_S, timeout_s)
        telling = spent_s > _TELLING_S or response.timings.encode_ms > 0
        self._replicas.answered(replica, spent_s / texts, sample=telling)
        self._budget.earn()
        return response

    def attribute(self, request: pb.AttributeRequest, timeout_s: float) -> pb.AttributeResponse:
        """Attribute one text; raise as `embed` does.

        What it took says nothing of a replica: it waits for whoever else is there.
        """
        response, replica, spent_s = self._send(_attribute, request, 1, FAIR_S, timeout_s)
        self._replicas.answered(replica, spent_s, sample=False)
        self._budget.earn()
        return response

    def info(self, timeout_s: float) -> pb.InfoResponse:
        """Ask who encodes; raise the last attempt's `EmbedderError`."""
        request = pb.InfoRequest()
        response, replica, spent_s = self._send(_info, request, 0, _INFO_FAIR_S, timeout_s)
        self._replicas.answered(replica, spent_s, sample=False)
        return response

    def _send(
        self,
        method: Callable[[Connection], Callable[..., Response]],
        request: object,
        texts: int,
        fair_s: float,
        timeout_s: float,
    ) -> tuple[Response, EmbedderReplica, float]:
        """Return the answer, the replica that gave it, and the seconds that it took."""
        begun = time.monotonic()
        trail = _Trail(begun + timeout_s, texts, fair_s)
        self.balancer.ready(timeout_s)
        replica = self._replicas.pick()
        if replica is None:
            raise _away()
        while True:
            connection = replica.link
            limit_s = self._limit_s(replica, trail, begun)
            try:
                response = method(connection)(request, timeout=limit_s)
            except BaseException as error:
                known = isinstance(error, grpc.RpcError) or connection.closed
                if not known or not isinstance(error, Exception):  # ours, or the end of the process
                    self._replicas.released(replica)
                    raise
                replica = self._next(replica, connection, error, trail, limit_s)
                begun = time.monotonic()
            else:
                return response, replica, time.monotonic() - begun

    def _limit_s(self, replica: EmbedderReplica, trail: _Trail, now: float) -> float:
        """Return the time of an attempt: half of what is left, where another may follow it."""
        left_s = max(trail.ends - now, 0.001)
        half_s = left_s / 2
        if trail.timed_out or half_s < trail.fair_s or not self._budget.allows():
            return left_s
        return min(left_s, max(half_s, MARGIN * trail.texts * replica.mean_s))

    def _next(
        self,
        replica: EmbedderReplica,
        connection: Connection,
        error: Exception,
        trail: _Trail,
        limit_s: float,
    ) -> EmbedderReplica:
        """Report a failed attempt; return the replica for another one, or raise its error."""
        trail.tried.append(replica)
        reason = "set_aside"
        failure: EmbedderError = _away()
        if connection.closed or not isinstance(error, grpc.RpcError):
            self._replicas.released(replica)
            if self.balancer.closed:
                raise Cancelled("the client was closed") from None
        else:
            failure = error_of(error)
            reason = self._report(replica, error.code(), failure, trail, limit_s)
        left_s = trail.ends - time.monotonic()
        other = None
        if reason and left_s >= WORTH_S and len(trail.tried) < MAX_ATTEMPTS:
            other = self._another(reason, trail, left_s)
        if other is None:
            gave_no_answer = reason in _AWAY
            raise (trail.overload if gave_no_answer and trail.overload else failure) from None
        self._observer.retried(reason)
        return other

    def _report(
        self,
        replica: EmbedderReplica,
        code: grpc.StatusCode,
        failure: EmbedderError,
        trail: _Trail,
        limit_s: float,
    ) -> str:
        """Report what came of an attempt; return why it may be repeated, "" where it may not."""
        if code in _LOST:
            self._replicas.failed(replica, "unreachable")
            return "unreachable"
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            trail.timed_out = True
            self._replicas.failed(replica, "timing_out", fair=limit_s >= FAIR_S)
            return "timed_out"
        self._replicas.refused(replica, failure.retry_after_s or 0.0)
        if isinstance(failure, Overloaded):
            trail.full.append(replica)
            trail.overload = failure
            return "overloaded"
        return "other_encoder" if code is grpc.StatusCode.FAILED_PRECONDITION else ""

    def _another(self, reason: str, trail: _Trail, left_s: float) -> EmbedderReplica | None:
        """Return the replica for another attempt, if the reason and the budget allow one.

        One that was lost or late may be asked again where no other is left, a full one never. Its
        caller is to come back later, and need not meet one that could not be reached before.
        """
        free = reason in ("unreachable", "set_aside", "other_encoder")
        if not free and not self._budget.allows():
            return None
        other = self._replicas.pick(trail.tried, last_resort=reason != "overloaded")
        if other is None and reason in ("unreachable", "timed_out") and self._budget.allows():
            free = False
            if reason == "unreachable":
                backoff_s = _BACKOFF_S * 2 ** (len(trail.tried) - 1) * random.uniform(0.8, 1.2)  # noqa: S311
                self._pause.wait(min(backoff_s, left_s))
            other = self._replicas.pick(trail.full)
        if other is not None and not free:
            self._budget.spend()
        return other


@dataclass(slots=True)
class _Trail:
    """How far one request has come."""

    ends: float
    texts: int
    fair_s: float
    timed_out: bool = False
    tried: list[EmbedderReplica] = field(default_factory=list)
    full: list[EmbedderReplica] = field(default_factory=list)  # of these, whose queue was full
    overload: Overloaded | None = None  # the last of these said


def _embed(connection: Connection) -> Callable[..., pb.EmbedResponse]:
    return connection.embed


def _attribute(connection: Connection) -> Callable[..., pb.AttributeResponse]:
    return connection.attribute


def _embed_under(traceparent: str) -> Callable[[Connection], Callable[..., pb.EmbedResponse]]:
    """Return the method that sends a trace context along, with every attempt."""
    metadata = (("traceparent", traceparent),)
    return lambda connection: partial(connection.embed, metadata=metadata)


def _info(connection: Connection) -> Callable[..., pb.InfoResponse]:
    return connection.info


def _away() -> Unavailable:
    return Unavailable("no replica of the embedder answers", retry_after_s=RETRY_AFTER_S)
