"""Attempts: what a request that had little time makes of a replica on trial."""

from typing import Any, cast

import grpc

from embedder.client.attempts import FAIR_S, Attempts
from embedder.client.balancer import Balancer
from protos.embedder.v1 import embedder_pb2 as pb
from tests.support.replica_notes import ReplicaNotes
from trunkline.replicas import Replicas


class TimeOut(grpc.RpcError):
    """A call that was not answered in time."""

    def code(self) -> grpc.StatusCode:
        """Return the status."""
        return grpc.StatusCode.DEADLINE_EXCEEDED

    def details(self) -> str:
        """Return the message."""
        return "late"

    def trailing_metadata(self) -> Any:
        """Return nothing."""
        return ()


class Link:
    """A connection to a replica that answers nobody, or everybody at once."""

    closed = False

    def __init__(self, address: str) -> None:
        self.hangs = address == "hanging"
        self.count = 0

    def embed(self, _request: pb.EmbedRequest, timeout: float) -> pb.EmbedResponse:
        """Answer, or time out at once."""
        assert timeout > 0
        self.count += 1
        if self.hangs:
            raise TimeOut
        return pb.EmbedResponse()


class Group:
    """A balancer without threads."""

    closed = False

    def __init__(self, notes: ReplicaNotes) -> None:
        self.replicas = Replicas("embedder", Link, notes)
        self.replicas.update(["hanging", "sound"])

    def ready(self, timeout_s: float) -> None:
        """Be ready."""


def test_hurried_requests_are_not_all_trials_of_a_replica_that_hangs() -> None:
    """One that answers probes but no requests costs one of them, not each with little time."""
    notes = ReplicaNotes()
    group = Group(notes)
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
