"""The balancer's probes: what comes of one whose replica is gone meanwhile."""

from typing import cast

import grpc

from embedder.client.balancer import Balancer
from embedder.client.targets import Target
from protos.embedder.v1 import embedder_pb2 as pb
from tests.support.replica_notes import ReplicaNotes


class Cancelled:
    """A probe that was under way when its channel was closed."""

    def done(self) -> bool:
        """See grpc.Future."""
        return True

    def cancelled(self) -> bool:
        """See grpc.Future."""
        return True


def test_a_replica_that_is_gone_is_not_reported_as_silent() -> None:
    """Its channel was closed under its probe: that says nothing, and opens no new channel."""
    notes = ReplicaNotes()
    balancer = Balancer("embedder", Target(("ipv4:127.0.0.1:9",)), notes)
    (gone,) = balancer.replicas.all()
    link = gone.link
    probe = cast("grpc.Future[pb.InfoResponse]", Cancelled())
    balancer._probes.append((gone, probe))
    balancer.replicas.update(["ipv4:127.0.0.1:10"])
    balancer._end_probes()
    assert notes.reasons == []
    assert gone.link is link
    balancer.close()
