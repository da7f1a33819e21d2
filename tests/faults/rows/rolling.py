"""Rows that restart every replica of a service under load, one after the other."""

from __future__ import annotations

from loadtests.stack.processes import KINDS, Kind
from tests.faults.row import Bounds, Row, Scene

_DEREGISTERED_S = 1.0  # kept between taking a replica out and stopping it; a balancer needs longer


def restart_each(scene: Scene, kind: Kind) -> None:
    """Take out, stop, start and put back each replica, as a deployment does."""
    scene.wait(2.0)
    scene.fault()
    for replica in scene.cluster.replicas[kind]:
        scene.cluster.deregister(replica)
        scene.wait(_DEREGISTERED_S)
        code = replica.process.stop()
        if code != 0:
            scene.notes.append(f"{replica.name} ended with {code}")
        scene.cluster.start_replicas([replica])
        scene.cluster.register(replica)


def stop_one(scene: Scene, kind: Kind) -> None:
    """Stop a replica with SIGTERM that the balancer was not told of, then start it again."""
    replica = scene.cluster.replicas[kind][0]
    scene.wait(2.0)
    scene.fault()
    replica.process.stop()
    scene.cluster.start_replicas([replica])
    scene.cluster.wait_healthy(kind, [replica.port])


def _rolling(kind: Kind) -> Row:
    return Row(
        f"rolling restart: each {kind} in turn", lambda scene: restart_each(scene, kind),
        Bounds(p99_s=1.0), seconds=40.0, quick=kind == "gateway",
    )  # fmt: skip


def _single(kind: Kind) -> Row:
    why = "there is no other: what comes until it is back"
    return Row(
        f"the only {kind} stopped and started", lambda scene: stop_one(scene, kind),
        Bounds(partial=None, refused=None, failed=None, lost=None, why=why), seconds=20.0,
        layout="single",
    )  # fmt: skip


ROWS = (*(_rolling(kind) for kind in KINDS), *(_single(kind) for kind in KINDS))
