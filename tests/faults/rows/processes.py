"""Rows that kill, freeze or stop one process of two, or a worker of it."""

from __future__ import annotations

import signal

import psutil

from loadtests.stack.cluster import Replica
from loadtests.stack.processes import Kind
from tests.faults.row import Bounds, Row, Scene

_BEFORE_S, _AWAY_S = 3.0, 6.0
_IN_FLIGHT = "what the killed process was working on: the balancer must not send it again"


def killed(scene: Scene, kind: Kind) -> None:
    """Kill one replica with all its processes, start it again later."""
    replica = scene.cluster.replicas[kind][0]
    scene.wait(_BEFORE_S)
    scene.fault()
    replica.process.signal(signal.SIGKILL)
    replica.process.stop(signal.SIGKILL)
    scene.wait(_AWAY_S)
    _back(scene, replica)


def frozen(scene: Scene, kind: Kind) -> None:
    """Stop one replica's processes without ending them, as a lost host would; thaw them later."""
    replica = scene.cluster.replicas[kind][0]
    scene.wait(_BEFORE_S)
    scene.fault()
    replica.process.signal(signal.SIGSTOP)
    try:
        scene.wait(_AWAY_S)
    finally:
        replica.process.signal(signal.SIGCONT)
    scene.cluster.wait_healthy(kind, [replica.port])


def worker_killed(scene: Scene, kind: Kind) -> None:
    """Kill one gunicorn worker; its master replaces it."""
    replica = scene.cluster.replicas[kind][0]
    scene.wait(_BEFORE_S)
    scene.fault()
    worker_of(replica).kill()


def worker_frozen(scene: Scene, kind: Kind) -> None:
    """Freeze one gunicorn worker, then let it go on."""
    worker = worker_of(scene.cluster.replicas[kind][0])
    scene.wait(_BEFORE_S)
    scene.fault()
    worker.suspend()
    scene.wait(_AWAY_S)
    worker.resume()


def master_killed(scene: Scene, kind: Kind) -> None:
    """Kill a gunicorn master alone: its workers must give the port up, and a new one starts."""
    replica = scene.cluster.replicas[kind][0]
    scene.wait(_BEFORE_S)
    scene.fault()
    replica.process.stop(signal.SIGKILL)
    _back(scene, replica)


def reloaded(scene: Scene, kind: Kind) -> None:
    """Send SIGHUP: new workers take over from the old ones."""
    scene.wait(_BEFORE_S)
    scene.fault()
    scene.cluster.replicas[kind][0].process.process.send_signal(signal.SIGHUP)


def worker_of(replica: Replica) -> psutil.Process:
    """Return one of a gunicorn master's workers. Raises RuntimeError without any."""
    children: list[psutil.Process] = psutil.Process(replica.process.pid).children()
    if not children:
        raise RuntimeError(f"{replica.name} has no worker")
    return children[0]


def _back(scene: Scene, replica: Replica) -> None:
    scene.cluster.start_replicas([replica])
    scene.cluster.wait_healthy(replica.kind, [replica.port])


_GATEWAY_DEATH = Bounds(failed=None, lost=None, recovered_s=4.0, why=_IN_FLIGHT)

ROWS = (
    Row("one embedder of two killed", lambda scene: killed(scene, "embedder"),
        Bounds(p99_s=1.0), quick=True),
    Row("one embedder of two frozen", lambda scene: frozen(scene, "embedder"),
        Bounds(p99_s=1.0), quick=True),
    Row("one embedder of two killed, behind the mesh", lambda scene: killed(scene, "embedder"),
        Bounds(p99_s=1.0), layout="mesh"),
    Row("one embedder of two frozen, behind the mesh", lambda scene: frozen(scene, "embedder"),
        Bounds(why="no request but time: a mesh sends to a silent task until its checks fail"),
        layout="mesh"),
    Row("one heads service of two killed", lambda scene: killed(scene, "heads"),
        Bounds(partial=2, p99_s=1.0, why="heads of answers that the killed process had begun"),
        quick=True),
    Row("one heads service of two frozen", lambda scene: frozen(scene, "heads"),
        Bounds(partial=None, why="heads that a mesh asks of a silent task until its checks fail")),
    Row("a heads worker killed", lambda scene: worker_killed(scene, "heads")),
    Row("a heads worker frozen", lambda scene: worker_frozen(scene, "heads")),
    Row("a heads master killed", lambda scene: master_killed(scene, "heads")),
    Row("one gateway of two killed", lambda scene: killed(scene, "gateway"), _GATEWAY_DEATH,
        quick=True),
    Row("one gateway of two frozen", lambda scene: frozen(scene, "gateway"),
        Bounds(failed=None, lost=None, why=_IN_FLIGHT)),
    Row("a gateway worker killed", lambda scene: worker_killed(scene, "gateway"), _GATEWAY_DEATH),
    Row("a gateway worker frozen", lambda scene: worker_frozen(scene, "gateway"),
        Bounds(why=_IN_FLIGHT)),
    Row("a gateway master killed", lambda scene: master_killed(scene, "gateway"), _GATEWAY_DEATH),
    Row("a gateway reloaded (SIGHUP)", lambda scene: reloaded(scene, "gateway")),
    Row("a heads service reloaded (SIGHUP)", lambda scene: reloaded(scene, "heads")),
)  # fmt: skip
