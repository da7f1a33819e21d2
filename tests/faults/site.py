"""Start the cluster that a row needs, and give it back well after every row."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from loadtests.stack.cluster import Cluster, Replica
from loadtests.stack.faults import swappable_catalog
from loadtests.stack.processes import KINDS, ROOT
from tests.faults.row import Layout, NotHereError

LAST_RELEASE = "2c212be"  # 0.1.0


# Every request needs every service: what a cache would hide, a fault must show.
_UNCACHED = {
    "EMBEDDER_CACHE_MAXSIZE_BYTES": "0",
    "GATEWAY_ANSWER_CACHE_BYTES": "0",
}


@contextlib.contextmanager
def site(layout: Layout, folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Start a cluster of this layout with a catalog of its own; stop it whatever happens."""
    catalog = swappable_catalog(folder / "catalog")
    settings = ({} if layout == "cached" else _UNCACHED) | {
        "HEADS_CATALOG": str(catalog), "GATEWAY_CATALOG": str(catalog), **(env or {}),
    }  # fmt: skip
    replicas = 1 if layout in ("single", "door") else 2
    cluster = Cluster(folder, settings, replicas=replicas, mesh=layout == "mesh")
    if layout == "upgrade":
        for replica in every_replica(cluster):
            run_release(replica, last_release(folder))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def every_replica(cluster: Cluster) -> list[Replica]:
    """Return all replicas, of what is called before its callers."""
    return [replica for kind in KINDS for replica in cluster.replicas[kind]]


def last_release(folder: Path) -> Path:
    """Check the last release out into `folder`, once. Raises NotHereError without its history."""
    target = folder / "last"
    if target.exists():
        return target
    found = subprocess.run(
        ["git", "archive", "--format=tar", LAST_RELEASE], cwd=ROOT, capture_output=True, check=False
    )
    if found.returncode != 0:
        raise NotHereError("this checkout has no history: the last release is not in it")
    target.mkdir()
    with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
        archive.extractall(target, filter="data")
    return target


def run_release(replica: Replica, code: Path) -> None:
    """Let a replica's next start run this checkout with the catalog that it ships."""
    replica.code = code
    if replica.kind != "embedder":
        name = f"{replica.kind.upper()}_CATALOG"
        replica.settings[name] = str(code / "heads" / "catalog")


def restore(cluster: Cluster) -> None:
    """Start again what a row left unwell, put back what it took out; return when all is healthy."""
    for kind in KINDS:
        unwell = [one for one in cluster.replicas[kind] if not _well(one)]
        for replica in unwell:
            replica.process.stop()
        cluster.start_replicas(unwell)
        ports = [replica.port for replica in cluster.replicas[kind]]
        if sorted(cluster.envoy.endpoints(kind)) != sorted(ports):
            cluster.envoy.route(kind, ports)
        cluster.wait_healthy(kind, ports)


def _well(replica: Replica) -> bool:
    return replica.process.process.poll() is None and replica.ready()
