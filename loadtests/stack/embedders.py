"""Run several embedders with one stream each, alone or with a shared cache behind them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import urllib3

from embedder.cost import CostModel
from loadtests.stack.processes import (
    Service,
    embedder_ready,
    free_ports,
    launch,
    wait_until,
)

READY_TIMEOUT_S = 120.0
SECRET = "benchmark-benchmark-benchmark-00"  # noqa: S105 - of a server that lives for seconds


@dataclass
class Fleet:
    """Embedders that serve: their gRPC targets, and where their metrics are."""

    services: list[Service] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)

    def cost(self) -> CostModel:
        """Return what forwards cost the first embedder, as it measured them at its start."""
        for line in self.services[0].log.read_text(encoding="utf-8").splitlines():
            if '"encoder_ready"' in line:
                return CostModel(*json.loads(line)["cost_ms"])
        raise RuntimeError("the embedder's log does not tell its cost")

    def totals(self, *names: str) -> list[float]:
        """Return metrics without labels, summed over all embedders."""
        totals = [0.0] * len(names)
        for url in self.metrics:
            text = urllib3.request("GET", url, timeout=10).data.decode()
            values = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[:1] != "#")
            for index, name in enumerate(names):
                totals[index] += float(values[name])
        return totals


@contextmanager
def embedders(count: int, url: str | None = None, cache_bytes: str = "") -> Iterator[Fleet]:
    """Start embedders, sharing the cache at `url` if there is one; yield them when all serve."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = Fleet()
        try:
            for number in range(count):
                _start(fleet, number, Path(folder), _settings(url, cache_bytes))
            yield fleet
        finally:
            for service in fleet.services:
                service.stop()


def _settings(url: str | None, cache_bytes: str) -> dict[str, str]:
    settings = {"EMBEDDER_STREAMS": "1", "EMBEDDER_CACHE_MAXSIZE_BYTES": cache_bytes}
    if url is not None:
        settings |= {
            "EMBEDDER_CACHE_URL": url, "EMBEDDER_CACHE_SECRET": SECRET,
            "EMBEDDER_CACHE_TTL_S": "3600",
        }  # fmt: skip
    return settings


def _start(fleet: Fleet, number: int, folder: Path, settings: dict[str, str]) -> None:
    grpc, metrics = free_ports(2)
    settings |= {"EMBEDDER_PORT": str(grpc), "EMBEDDER_METRICS_PORT": str(metrics)}
    fleet.services.append(launch("embedder", f"embedder-{number}", folder, settings))
    wait_until(partial(embedder_ready, settings), READY_TIMEOUT_S, "an embedder is not ready")
    fleet.targets.append(f"127.0.0.1:{grpc}")
    fleet.metrics.append(f"http://127.0.0.1:{metrics}/metrics")
