"""Run two of every service behind Envoy on loopback: kill, freeze or take out any one of them."""

from __future__ import annotations

import contextlib
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loadtests.stack.envoy import Envoy, Upstream
from loadtests.stack.processes import (
    KINDS,
    ROOT,
    Kind,
    Service,
    embedder_ready,
    free_ports,
    http_ready,
    launch,
    wait_until,
)

READY_TIMEOUT_S = 120.0


@dataclass
class Replica:
    """One process of a service, with its port and settings; `service` is None before its start.

    `code`: the checkout whose code runs at the next start; `wrapper`: the command that runs it
    (`env NAME=value`), which must become the service's process by exec.
    """

    kind: Kind
    number: int
    port: int
    settings: dict[str, str]
    code: Path = ROOT
    wrapper: tuple[str, ...] = ()
    service: Service | None = None

    @property
    def name(self) -> str:
        """Name of logs and tables: `gateway-1`."""
        return f"{self.kind}-{self.number}"

    @property
    def url(self) -> str:
        """Address of its HTTP server; of an embedder, that of its metrics."""
        port = self.settings["EMBEDDER_METRICS_PORT"] if self.kind == "embedder" else self.port
        return f"http://127.0.0.1:{port}"

    @property
    def process(self) -> Service:
        """Return the running service. Raises RuntimeError before the first start."""
        if self.service is None:
            raise RuntimeError(f"{self.name} was never started")
        return self.service

    def ready(self) -> bool:
        """Ask it. Raises RuntimeError with its log's end when it has ended."""
        self.process.raise_if_ended()
        return embedder_ready(self.settings) if self.kind == "embedder" else http_ready(self.url)


class Cluster:
    """Replicas of each service; clients and services reach them through Envoy's listeners.

    `env` adds or overrides settings of all; `mesh`: gateways reach embedders through Envoy, else by
    a list of addresses.
    """

    def __init__(
        self, folder: Path, env: Mapping[str, str] | None = None, *, replicas: int = 2,
        mesh: bool = False,
    ) -> None:  # fmt: skip
        self.folder = folder
        admin, edge, heads, embedders = free_ports(4)
        self.url = f"http://127.0.0.1:{edge}"
        self._upstreams = {
            "gateway": Upstream("gateway", "http", edge),
            "heads": Upstream("heads", "http", heads, mesh=True),
            "embedder": Upstream("embedder", "grpc", embedders, mesh=True),
        }
        self._env = dict(env or {})
        self._mesh = mesh
        self.embedder_ports: list[int] = []  # in the embedders' place, where something is between
        self.replicas: dict[Kind, list[Replica]] = {
            kind: self._plan(kind, replicas) for kind in KINDS
        }
        self.envoy = Envoy(folder, list(self._upstreams.values()), admin)

    @property
    def admin(self) -> str:
        """Address of Envoy's own pages: clusters, statistics."""
        return self.envoy.admin

    def _plan(self, kind: Kind, count: int) -> list[Replica]:
        ports = free_ports(2 * count)
        return [
            self._replica(kind, number, port, metrics)
            for number, (port, metrics) in enumerate(zip(ports[:count], ports[count:], strict=True))
        ]

    def _replica(self, kind: Kind, number: int, port: int, metrics: int) -> Replica:
        settings = {f"{kind.upper()}_PORT": str(port), **self._env}
        if kind == "embedder":
            settings["EMBEDDER_METRICS_PORT"] = str(metrics)
        return Replica(kind, number, port, settings)

    def add(self, kind: Kind) -> Replica:
        """Plan one more replica, which is neither started nor registered; `stop` ends it too."""
        replica = self._replica(kind, len(self.replicas[kind]), *free_ports(2))
        self.replicas[kind].append(replica)
        if kind == "gateway":
            replica.settings |= self._callees()
        return replica

    def start(self) -> None:
        """Start everything, what is called before its callers; return when all is ready."""
        ports = {kind: [replica.port for replica in self.replicas[kind]] for kind in KINDS}
        self.envoy.start(ports)
        for gateway in self.replicas["gateway"]:
            gateway.settings |= self._callees()
        for kind in KINDS:
            self.start_replicas(self.replicas[kind])
        for kind in KINDS:
            self.wait_healthy(kind, ports[kind])

    def _callees(self) -> dict[str, str]:
        """Return settings that name what gateways call, through the mesh where there is one."""
        ports = self.embedder_ports or [replica.port for replica in self.replicas["embedder"]]
        mesh = f"127.0.0.1:{self._upstreams['embedder'].port}"
        direct = "ipv4:" + ",".join(f"127.0.0.1:{port}" for port in ports)
        return {
            "GATEWAY_EMBEDDER": mesh if self._mesh else direct,
            "GATEWAY_HEADS": f"http://127.0.0.1:{self._upstreams['heads'].port}",
        } | {k: v for k, v in self._env.items() if k.startswith("GATEWAY_")}

    def start_replicas(self, replicas: Sequence[Replica]) -> None:
        """Start these and await them. Raises RuntimeError, TimeoutError."""
        for replica in replicas:
            replica.service = launch(
                replica.kind, replica.name, self.folder, replica.settings, replica.code,
                replica.wrapper,
            )  # fmt: skip
        for replica in replicas:
            wait_until(replica.ready, READY_TIMEOUT_S, f"{replica.name} is not ready")

    def deregister(self, replica: Replica) -> None:
        """Take a replica out of Envoy's endpoints; what it works on it may finish."""
        self.envoy.route(replica.kind, self._ports_but(replica))

    def register(self, replica: Replica) -> None:
        """Put a replica back behind its listener; return when Envoy finds it healthy."""
        ports = [*self._ports_but(replica), replica.port]
        self.envoy.route(replica.kind, ports)
        self.wait_healthy(replica.kind, [replica.port])

    def wait_healthy(self, kind: Kind, ports: Sequence[int]) -> None:
        """Wait until Envoy's own checks pass on these ports."""
        wait_until(
            lambda: all(self.envoy.endpoints(kind).get(port) for port in ports),
            READY_TIMEOUT_S, f"Envoy finds a {kind} unhealthy",
        )  # fmt: skip

    def _ports_but(self, replica: Replica) -> list[int]:
        registered = self.envoy.endpoints(replica.kind)
        return [port for port in registered if port != replica.port]

    def stop(self) -> None:
        """End everything, callers before what they call, Envoy last."""
        for kind in reversed(KINDS):
            for replica in self.replicas[kind]:
                if replica.service is not None:
                    replica.service.stop()
        self.envoy.stop()


@contextlib.contextmanager
def running_cluster(
    folder: Path, env: Mapping[str, str] | None = None, *, mesh: bool = False
) -> Iterator[Cluster]:
    """Start a cluster, yield it when all of it is ready, and stop it whatever happens."""
    cluster = Cluster(folder, env, mesh=mesh)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def stay_up(settings: Mapping[str, str], mesh: bool, show: Callable[[str], None]) -> None:
    """Run a cluster, say where everything listens, and wait for SIGINT or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory(prefix="trunkline-cluster-") as folder,
        running_cluster(Path(folder), settings, mesh=mesh) as cluster,
    ):
        show(f"gateways behind Envoy: {cluster.url}\nEnvoy's own pages:     {cluster.admin}")
        for replica in (one for kind in KINDS for one in cluster.replicas[kind]):
            show(f"{replica.name:<12} pid {replica.process.pid:<8} {replica.url}")
        show(f"logs: {folder}; Ctrl-C ends all")
        signal.pause()
