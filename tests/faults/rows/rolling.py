"""Rows that restart every replica of a service under load, one after the other."""

from __future__ import annotations

from pathlib import Path

from loadtests.stack.cluster import Replica
from loadtests.stack.processes import KINDS, ROOT, Kind
from tests.faults.row import Bounds, Row, Scene
from tests.faults.site import every_replica, last_release, run_release

_DEREGISTERED_S = 1.0  # kept between taking a replica out and stopping it; a balancer needs longer


def restart_each(scene: Scene, kind: Kind) -> None:
    """Take out, stop, start and put back each replica, as a deployment does."""
    scene.wait(2.0)
    scene.fault()
    restart_replicas(scene, kind)


def restart_replicas(scene: Scene, kind: Kind) -> None:
    """Restart the replicas of a service, one after the other, out of the balancer meanwhile."""
    for replica in scene.cluster.replicas[kind]:
        restart(scene, replica)


def restart(scene: Scene, replica: Replica) -> None:
    """Restart a replica out of the balancer: with the settings, code and wrapper it has now."""
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


def change_release(scene: Scene, code: Path) -> None:
    """Replace every process by one of another release, one after the other."""
    scene.wait(2.0)
    scene.fault()
    for replica in every_replica(scene.cluster):
        scene.cluster.deregister(replica)
        scene.wait(_DEREGISTERED_S)
        replica.process.stop()
        run_release(replica, code)
        scene.cluster.start_replicas([replica])
        scene.cluster.register(replica)


def there_and_back(scene: Scene) -> None:
    """Upgrade the last release to this one, and go back."""
    change_release(scene, ROOT)
    scene.notes.append("all of this release; now back")
    change_release(scene, last_release(scene.cluster.folder))


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


ROWS = (
    Row(
        "the last release replaced by this one, and back",
        there_and_back,
        Bounds(p99_s=1.0),
        seconds=120.0,
        layout="upgrade",
    ),
    *(_rolling(kind) for kind in KINDS),
    *(_single(kind) for kind in KINDS),
)
