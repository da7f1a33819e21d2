"""Run the real services as processes on free ports, for load runs and end-to-end tests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from loadtests.stack.processes import (
    KINDS,
    Service,
    embedder_ready,
    free_ports,
    http_ready,
    launch,
    wait_until,
)

READY_TIMEOUT_S = 180.0


class Stack:
    """Embedder, heads service and gateway on loopback; `env` adds or overrides settings of all."""

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.env = dict(env or {})
        self.services: dict[str, Service] = {}
        grpc, metrics, heads, gateway = free_ports(4)
        self.embedder_target = f"127.0.0.1:{grpc}"
        self.embedder_metrics = f"http://127.0.0.1:{metrics}/metrics"
        self.heads_url = f"http://127.0.0.1:{heads}"
        self.gateway_url = f"http://127.0.0.1:{gateway}"
        self._addresses = {
            "EMBEDDER_PORT": str(grpc),
            "EMBEDDER_METRICS_PORT": str(metrics),
            "HEADS_PORT": str(heads),
            "GATEWAY_PORT": str(gateway),
            "GATEWAY_EMBEDDER": self.embedder_target,
            "GATEWAY_HEADS": self.heads_url,
        }

    def start(self, *names: str) -> None:
        """Start services ("embedder", "heads", "gateway"; none named: all) and await them."""
        for name in names or KINDS:
            self.launch(name)
        for name in names or KINDS:
            self.wait_ready(name)

    def launch(self, name: str) -> None:
        """Start a service without awaiting it."""
        self.services[name] = launch(name, name, self.folder, self._settings)

    def wait_ready(self, name: str) -> None:
        """Wait until the service is ready. Raises RuntimeError with its log when it has ended."""
        service = self.services[name]

        def ready() -> bool:
            service.raise_if_ended()
            return self._is_ready(name)

        wait_until(ready, READY_TIMEOUT_S, f"{name} is not ready")

    def _is_ready(self, name: str) -> bool:
        if name == "embedder":
            return embedder_ready(self._settings)
        return http_ready({"heads": self.heads_url, "gateway": self.gateway_url}[name])

    def stop(self) -> dict[str, int]:
        """End what still runs, callers before what they call; return exit codes by name."""
        order = [name for name in reversed(KINDS) if name in self.services]
        return {name: self.services[name].stop() for name in order}

    @property
    def _settings(self) -> dict[str, str]:
        return {**self._addresses, **self.env}


@contextlib.contextmanager
def running_stack(folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Start the whole stack, yield it when it is ready, and stop it whatever happens."""
    stack = Stack(folder, env)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
