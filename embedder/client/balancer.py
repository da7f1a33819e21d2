"""One process's connections to the replicas of a target, and the thread that probes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import grpc

from embedder.client.connection import Connection
from embedder.client.targets import Target, one_address
from protos.embedder.v1 import embedder_pb2 as pb
from trunkline.addresses import Address, AddressWatch
from trunkline.background import Background
from trunkline.replica_observer import Observer, Reason
from trunkline.replicas import Replica, Replicas

TICK_S: Final = 0.1
PROBE_TIMEOUT_S: Final = 1.0

EmbedderReplica = Replica[Connection]


class Balancer:
    """Replicas of one target, with the threads that keep them; lives in one process.

    An embedder answers Info from its event loop whatever its encoder is doing. So silence on a
    probe means that it is frozen or cut off, where a long wait for vectors may be honest work. A
    silent replica's channel is closed: what waits there ends, and may be sent to another. One that
    gRPC itself sends no probe to (it drains, its queue is old, or nobody listens) keeps it: what it
    has accepted it answers.
    """

    def __init__(
        self, name: str, target: Target, observer: Observer, *, watch_health: bool = True
    ) -> None:
        self.closed = False
        self._watch_health = watch_health
        self._authority = target.authority
        self.replicas = Replicas(name, self._connect, observer)
        self._leaving: list[EmbedderReplica] = []
        self._probes: list[tuple[EmbedderReplica, grpc.Future[pb.InfoResponse]]] = []
        self._background = Background("embedder-replicas", self._tick, lambda: TICK_S)
        self._names: AddressWatch | None = None
        if target.addresses:
            self.replicas.update(target.addresses)
        else:
            self._names = AddressWatch(target.host, target.port, self._follow)

    def ready(self, timeout_s: float) -> None:
        """Start the threads where they do not run; wait until a name was resolved, or so long."""
        self._background.ensure()
        if self._names is not None:
            self._names.ensure()
            self._names.known.wait(timeout_s)

    def close(self) -> None:
        """End the threads and close every channel; calls that wait end as cancelled."""
        self.closed = True
        self._background.stop()
        if self._names is not None:
            self._names.stop()
        for replica in (*self.replicas.all(), *self._leaving):
            replica.link.close()

    def _connect(self, address: str) -> Connection:
        return Connection(address, self._authority, watch_health=self._watch_health)

    def _follow(self, addresses: Sequence[Address]) -> None:
        self._leaving += self.replicas.update([one_address(address) for address in addresses])

    def _tick(self) -> None:
        self._end_probes()
        for replica in self.replicas.due():
            self._probe(replica)
        self._let_go()

    def _probe(self, replica: EmbedderReplica) -> None:
        try:
            answer = replica.link.info_later(pb.InfoRequest(), timeout=PROBE_TIMEOUT_S)
        except (grpc.RpcError, ValueError):  # closed at this moment
            if replica in self.replicas.all():
                self.replicas.probed(replica, alive=False)
            return
        self._probes.append((replica, answer))

    def _end_probes(self) -> None:
        ended = [probe for probe in self._probes if probe[1].done()]
        self._probes = [probe for probe in self._probes if not probe[1].done()]
        present = self.replicas.all()
        for replica, answer in ended:
            if replica not in present:  # its channel was closed: silence there says nothing
                continue
            error = grpc.FutureCancelledError() if answer.cancelled() else answer.exception()
            reason: Reason = "unreachable" if _is_refused(error) else "silent"
            is_silent = self.replicas.probed(replica, alive=error is None, reason=reason)
            if is_silent and not self._background.stopped:
                silent, replica.link = replica.link, self._connect(replica.address)
                silent.close()

    def _let_go(self) -> None:
        """Close the channels of replicas that are no more, once nothing waits there."""
        for replica in tuple(self._leaving):
            if not replica.outstanding:
                self._leaving.remove(replica)
                replica.link.close()


def _is_refused(error: BaseException | None) -> bool:
    """Whether gRPC answers in the replica's place, which its health or its port turned away."""
    return isinstance(error, grpc.RpcError) and error.code() is grpc.StatusCode.UNAVAILABLE
