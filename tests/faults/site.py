"""Start the cluster that a row needs, and give it back well after every row."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loadtests.stack.cluster import Cluster, Replica
from loadtests.stack.faults import swappable_catalog
from loadtests.stack.processes import KINDS, ROOT
from tests.support.tcp_proxy import TcpProxy

Layout = Literal["direct", "mesh", "single", "door", "proxied", "upgrade", "cached"]
LAST_RELEASE = "2c212be"  # 0.1.0


class NotHereError(Exception):
    """A row cannot run on this machine; the message says why."""


# Every request needs every service: what a cache would hide, a fault must show.
_UNCACHED = {
    "EMBEDDER_CACHE_MAXSIZE_BYTES": "0",
    "GATEWAY_ANSWER_CACHE_BYTES": "0",
}


@dataclass(frozen=True)
class Site:
    """A cluster, and the proxies between its gateways and embedders where a row worsens lines."""

    cluster: Cluster
    proxies: tuple[TcpProxy, ...] = ()


@contextlib.contextmanager
def site(layout: Layout, folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Site]:
    """Start a cluster of this layout with a catalog of its own; stop it whatever happens."""
    catalog = swappable_catalog(folder / "catalog")
    settings = ({} if layout == "cached" else _UNCACHED) | {
        "HEADS_CATALOG": str(catalog), "GATEWAY_CATALOG": str(catalog), **(env or {}),
    }  # fmt: skip
    replicas = 1 if layout in ("single", "door") else 2
    cluster = Cluster(folder, settings, replicas=replicas, mesh=layout == "mesh")
    proxies = _proxies_of(cluster) if layout == "proxied" else ()
    if layout == "upgrade":
        for replica in every_replica(cluster):
            run_release(replica, last_release(folder))
    try:
        cluster.start()
        yield Site(cluster, proxies)
    finally:
        cluster.stop()
        for proxy in proxies:
            proxy.stop()


def _proxies_of(cluster: Cluster) -> tuple[TcpProxy, ...]:
    """Let gateways call each embedder through a proxy, as of their next start."""
    embedders = cluster.replicas["embedder"]
    proxies = tuple(TcpProxy(f"127.0.0.1:{one.port}") for one in embedders)
    for proxy in proxies:
        proxy.start()
    cluster.embedder_ports = [int(proxy.address.rpartition(":")[2]) for proxy in proxies]
    return proxies


def every_replica(cluster: Cluster) -> list[Replica]:
    """Return all replicas, of what is called before its callers."""
    return [replica for kind in KINDS for replica in cluster.replicas[kind]]


def last_release(folder: Path) -> Path:
    """Check the last release out into `folder`, once. Raises NotHereError without its history."""
    return checkout(LAST_RELEASE, folder / "last")


def checkout(commit: str, target: Path) -> Path:
    """Check a commit out as the folder `target`, once; return it.

    Raises NotHereError without its history.
    """
    if target.exists():
        return target
    found = subprocess.run(
        ["git", "archive", "--format=tar", commit], cwd=ROOT, capture_output=True, check=False
    )
    if found.returncode != 0:
        raise NotHereError(f"this checkout has no history: {commit} is not in it")
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
    """Start again what a row left unwell or wrapped, put back what it took out; await health."""
    for kind in KINDS:
        unwell = [one for one in cluster.replicas[kind] if one.wrapper or not _well(one)]
        for replica in unwell:
            replica.wrapper = ()
            replica.process.stop()
        cluster.start_replicas(unwell)
        ports = [replica.port for replica in cluster.replicas[kind]]
        if sorted(cluster.envoy.endpoints(kind)) != sorted(ports):
            cluster.envoy.route(kind, ports)
        cluster.wait_healthy(kind, ports)


def _well(replica: Replica) -> bool:
    return replica.process.process.poll() is None and replica.ready()
