"""Start the cluster that a row needs, and give it back well after every row."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from loadtests.stack.cluster import Cluster
from loadtests.stack.faults import swappable_catalog
from loadtests.stack.processes import KINDS
from tests.faults.row import Layout

# Every request needs every service: what a cache would hide, a fault must show.
_UNCACHED = {
    "EMBEDDER_CACHE_MAXSIZE_BYTES": "0",
    "GATEWAY_ANSWER_CACHE_BYTES": "0",
}


@contextlib.contextmanager
def site(layout: Layout, folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Start a cluster of this layout with a catalog of its own; stop it whatever happens."""
    catalog = swappable_catalog(folder / "catalog")
    settings = _UNCACHED | {
        "HEADS_CATALOG": str(catalog), "GATEWAY_CATALOG": str(catalog), **(env or {}),
    }  # fmt: skip
    replicas = 1 if layout in ("single", "door") else 2
    cluster = Cluster(folder, settings, replicas=replicas, mesh=layout == "mesh")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def restore(cluster: Cluster) -> None:
    """Start again what a row left dead, put back what it took out; return when all is healthy."""
    for kind in KINDS:
        dead = [one for one in cluster.replicas[kind] if one.process.process.poll() is not None]
        cluster.start_replicas(dead)
        ports = [replica.port for replica in cluster.replicas[kind]]
        if sorted(cluster.envoy.endpoints(kind)) != sorted(ports):
            cluster.envoy.route(kind, ports)
        cluster.wait_healthy(kind, ports)
