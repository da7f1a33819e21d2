"""Run Envoy on loopback in the place of a load balancer (ALB) and a service mesh (Service Connect).

Endpoints come from one file a cluster, replaced atomically, so that a replica is taken out before
it is stopped, as a deployment does it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import urllib3

from loadtests.stack.processes import Service, wait_until

Protocol = Literal["http", "grpc"]
READY_TIMEOUT_S = 120.0
# Shorter than any service keeps an idle connection: the proxy never sends on one being closed.
_UPSTREAM_IDLE = "2s"
_SAFE_RETRIES = "connect-failure,refused-stream"  # the request was not sent
_MESH_RETRIES = f"{_SAFE_RETRIES},reset,unavailable"


class EnvoyMissingError(Exception):
    """Envoy is not installed; the message names the command that installs it."""


@dataclass(frozen=True)
class Upstream:
    """One listener and the replicas behind it.

    `mesh`: calls within the deployment (retried, outliers ejected, as Service Connect does it);
    otherwise requests from outside, tried again only where nothing was sent, as a balancer does.
    """

    name: str
    protocol: Protocol
    port: int  # of the listener
    health_path: str = "/readyz"
    mesh: bool = False
    request_timeout_s: float = 0  # the longest request or stream; 0: the services have deadlines


class Envoy:
    """One Envoy process; `route` changes who is behind a listener while it runs."""

    def __init__(self, folder: Path, upstreams: Sequence[Upstream], admin_port: int) -> None:
        self._folder = folder
        self._upstreams = {upstream.name: upstream for upstream in upstreams}
        self.admin = f"http://127.0.0.1:{admin_port}"
        self._config = bootstrap(folder, upstreams, admin_port)
        self._process: Service | None = None

    def start(self, endpoints: Mapping[Any, Sequence[int]]) -> None:
        """Start with these ports behind each listener; return when Envoy is live.

        Raises EnvoyMissingError, TimeoutError.
        """
        for name, ports in endpoints.items():
            self._write(name, dict.fromkeys(ports, 1))
        config = self._folder / "envoy.json"
        config.write_text(json.dumps(self._config), encoding="utf-8")
        log = self._folder / "envoy.log"
        command = [envoy_path(), "-c", str(config), "--use-dynamic-base-id", "--concurrency", "1",
                   "--log-level", "warning"]  # fmt: skip
        with log.open("ab") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out)
        self._process = Service("envoy", process, log)
        wait_until(self._live, READY_TIMEOUT_S, "Envoy is not live")

    def route(self, name: str, ports: Sequence[int]) -> None:
        """Put these replicas, and no others, behind the listener; return when Envoy follows."""
        self.share(name, dict.fromkeys(ports, 1))

    def share(self, name: str, weights: Mapping[int, int]) -> None:
        """Put replicas behind the listener, each with its weight (1 to 128): its share of requests.

        Returns when Envoy follows.
        """
        self._write(name, weights)
        wait_until(
            lambda: self._weights(name) == weights,
            READY_TIMEOUT_S, f"Envoy does not follow the endpoints of {name}",
        )  # fmt: skip

    def endpoints(self, name: str) -> dict[int, bool]:
        """Return the ports behind the listener, and whether each is healthy now."""
        return {_port(host): _healthy(host["health_status"]) for host in self._hosts(name)}

    def counter(self, name: str) -> int:
        """Return a counter of Envoy's statistics by its whole name."""
        url = f"{self.admin}/stats?format=json&filter=^{name}$"
        stats = json.loads(urllib3.request("GET", url, timeout=5).data)["stats"]
        return sum(int(stat["value"]) for stat in stats if stat.get("name") == name)

    def _weights(self, name: str) -> dict[int, int]:
        return {_port(host): int(host["weight"]) for host in self._hosts(name)}

    def _hosts(self, name: str) -> list[dict[str, Any]]:
        answer = urllib3.request("GET", f"{self.admin}/clusters?format=json", timeout=5)
        for cluster in json.loads(answer.data)["cluster_statuses"]:
            if cluster["name"] == name:
                return list(cluster.get("host_statuses", []))
        return []

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.stop()

    def _live(self) -> bool:
        assert self._process is not None  # noqa: S101 - started just before
        self._process.raise_if_ended()
        try:
            return urllib3.request("GET", f"{self.admin}/ready", retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _write(self, name: str, weights: Mapping[int, int]) -> None:
        text = json.dumps(_assignment(self._upstreams[name], weights))
        draft = self._folder / f".{name}.json"
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, self._folder / f"{name}.json")  # Envoy watches for moves


def envoy_path() -> str:
    """Return the path of Envoy's binary. Raises EnvoyMissingError."""
    beside = shutil.which("envoy", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("envoy")
    if found is None:
        raise EnvoyMissingError("Envoy is not installed here; `make setup-cluster` installs it")
    return found


def bootstrap(folder: Path, upstreams: Sequence[Upstream], admin_port: int) -> dict[str, Any]:
    """Return Envoy's configuration: a listener and a cluster for each upstream."""
    return {
        "admin": {"address": _address(admin_port)},
        "node": {"id": "loopback", "cluster": "loopback"},
        "static_resources": {
            "listeners": [_listener(upstream) for upstream in upstreams],
            "clusters": [_cluster(upstream, folder) for upstream in upstreams],
        },
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _port(host: Mapping[str, Any]) -> int:
    return int(host["address"]["socket_address"]["port_value"])


def _assignment(upstream: Upstream, weights: Mapping[int, int]) -> dict[str, Any]:
    assignment = {
        "@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": upstream.name,
        "endpoints": [
            {
                "lb_endpoints": [
                    {"endpoint": {"address": _address(port)}, "load_balancing_weight": weight}
                    for port, weight in weights.items()
                ]
            }
        ],
    }
    return {"resources": [assignment]}


def _listener(upstream: Upstream) -> dict[str, Any]:
    retries = _MESH_RETRIES if upstream.mesh else _SAFE_RETRIES
    route = {
        "match": {"prefix": "/"},
        "route": {
            "cluster": upstream.name,
            "timeout": f"{upstream.request_timeout_s}s",
            "retry_policy": {"retry_on": retries, "num_retries": 2},
        },
    }
    manager = {
        "@type": _type("filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": upstream.name,
        "codec_type": "AUTO",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": _type("filters.http.router.v3.Router")},
            }
        ],
    }
    network = {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
    return {
        "name": upstream.name,
        "address": _address(upstream.port),
        "filter_chains": [{"filters": [network]}],
    }


def _cluster(upstream: Upstream, folder: Path) -> dict[str, Any]:
    version = "http2_protocol_options" if upstream.protocol == "grpc" else "http_protocol_options"
    options = {
        "@type": _type("upstreams.http.v3.HttpProtocolOptions"),
        "common_http_protocol_options": {"idle_timeout": _UPSTREAM_IDLE},
        "explicit_http_config": {version: {}},
    }
    check = {"grpc_health_check": {}} if upstream.protocol == "grpc" else _http_check(upstream)
    outliers = {"outlier_detection": _OUTLIERS} if upstream.mesh else {}
    source = {"path": str(folder / f"{upstream.name}.json")}
    return {
        "name": upstream.name,
        "type": "EDS",
        "eds_cluster_config": {
            "eds_config": {"resource_api_version": "V3", "path_config_source": source}
        },
        "connect_timeout": "1s",
        "lb_policy": "LEAST_REQUEST",
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options
        },
        "health_checks": [_CHECKED | check],
        "ignore_health_on_host_removal": True,  # who is taken out gets no new request, well or not
        **outliers,
    }


_CHECKED = {"timeout": "1s", "interval": "1s", "unhealthy_threshold": 2, "healthy_threshold": 1,
            "no_traffic_interval": "1s"}  # fmt: skip
_OUTLIERS = {"consecutive_5xx": 5, "interval": "1s", "base_ejection_time": "5s",
             "max_ejection_percent": 50}  # fmt: skip


def _http_check(upstream: Upstream) -> dict[str, Any]:
    return {"http_health_check": {"path": upstream.health_path}}


def _healthy(status: Mapping[str, Any]) -> bool:
    failed = [flag for flag, raised in status.items() if flag.startswith("failed") and raised]
    return not failed and status.get("eds_health_status", "HEALTHY") == "HEALTHY"


def _type(name: str) -> str:
    return f"type.googleapis.com/envoy.extensions.{name}"
