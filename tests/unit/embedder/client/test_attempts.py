"""Attempts: what a request that had little time makes of a replica on trial."""

from typing import Any, cast

import grpc
import pytest

from embedder.client.attempts import FAIR_S, Attempts
from embedder.client.balancer import Balancer
from embedder.errors import Overloaded
from protos.embedder.v1 import embedder_pb2 as pb
from tests.support.replica_notes import ReplicaNotes
from trunkline.replicas import Replicas


class Failure(grpc.RpcError):
    """A call that ended with a status."""

    def __init__(self, status: grpc.StatusCode) -> None:
        self._status = status

    def code(self) -> grpc.StatusCode:
        """Return the status."""
        return self._status

    def details(self) -> str:
        """Return the message."""
        return "failed"

    def trailing_metadata(self) -> Any:
        """Return nothing."""
        return ()


STATUSES = {
    "hanging": grpc.StatusCode.DEADLINE_EXCEEDED,
    "full": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "lost": grpc.StatusCode.UNAVAILABLE,
}


class Link:
    """A connection to a replica that, by its name, fails every call at once or answers it."""

    closed = False

    def __init__(self, address: str) -> None:
        self.status = STATUSES.get(address)
        self.count = 0

    def embed(self, _request: pb.EmbedRequest, timeout: float) -> pb.EmbedResponse:
        """Answer, or fail."""
        assert timeout > 0
        self.count += 1
        if self.status is not None:
            raise Failure(self.status)
        return pb.EmbedResponse()


class Group:
    """A balancer without threads."""

    closed = False

    def __init__(self, notes: ReplicaNotes, *addresses: str) -> None:
        self.replicas = Replicas("embedder", Link, notes)
        self.replicas.update(addresses)

    def ready(self, timeout_s: float) -> None:
        """Be ready."""


def test_hurried_requests_are_not_all_trials_of_a_replica_that_hangs() -> None:
    """One that answers probes but no requests costs one of them, not each with little time."""
    notes = ReplicaNotes()
    group = Group(notes, "hanging", "sound")
    hanging, sound = group.replicas.all()
    for _ in range(3):
        assert group.replicas.pick([sound]) is hanging
        group.replicas.failed(hanging, "timing_out")
    assert notes.reasons == ["timing_out"]
    group.replicas.probed(hanging, alive=True)
    attempts = Attempts(cast("Balancer", group), notes)
    request = pb.EmbedRequest(texts=["text"])
    for _ in range(5):
        attempts.embed(request, FAIR_S / 2)
    assert (hanging.link.count, sound.link.count) == (1, 5)


@pytest.mark.parametrize("other", ["lost", "hanging"])
def test_a_call_meets_a_full_replica_once(other: str) -> None:
    """Where another fails it too, that one may be asked again; the full one has given its word.

    That word is what the caller gets in the end: it says when to come back.
    """
    notes = ReplicaNotes()
    group = Group(notes, other, "full")  # the last of two is picked first
    failing, full = group.replicas.all()
    with pytest.raises(Overloaded):
        Attempts(cast("Balancer", group), notes).embed(pb.EmbedRequest(texts=["text"]), 60)
    assert notes.repeats[0] == "overloaded"
    assert (full.link.count, failing.link.count > 1) == (1, True)


def test_a_full_replica_beside_one_set_aside_is_an_overload_at_once() -> None:
    """The one that could not be reached is not waited for: the caller is to come back later."""
    notes = ReplicaNotes()
    group = Group(notes, "lost", "full")
    lost, full = group.replicas.all()
    assert group.replicas.pick([full]) is lost
    group.replicas.failed(lost, "unreachable")
    assert notes.reasons == ["unreachable"]
    with pytest.raises(Overloaded):
        Attempts(cast("Balancer", group), notes).embed(pb.EmbedRequest(texts=["text"]), 60)
    assert (full.link.count, lost.link.count, notes.repeats) == (1, 0, [])


def test_every_attempt_carries_the_trace_context() -> None:
    """Also the second one, on another replica; without a context nothing is sent along."""
    sent: list[object] = []

    class Noting(Link):
        def embed(self, _request: pb.EmbedRequest, timeout: float, **more: Any) -> pb.EmbedResponse:
            sent.append(more.get("metadata"))
            return super().embed(_request, timeout)

    notes = ReplicaNotes()
    group = Group(notes, "lost", "well")
    group.replicas = Replicas("embedder", Noting, notes)
    group.replicas.update(["lost", "well"])
    attempts = Attempts(cast("Balancer", group), notes)
    for _ in range(2):
        attempts.embed(pb.EmbedRequest(texts=["a"]), 5.0, "00-a-b-01")
    count = len(sent)
    attempts.embed(pb.EmbedRequest(texts=["a"]), 5.0)

    assert count >= 3
    assert set(sent[:count]) == {(("traceparent", "00-a-b-01"),)}
    assert sent[count:] == [None]
