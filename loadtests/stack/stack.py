"""Run the real services as processes on free ports, for load runs and end-to-end tests."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import urllib3

from loadtests.config import inherited_environment

ROOT = Path(__file__).resolve().parents[2]
READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 40.0


@dataclass
class Service:
    """One service's process; it and its children end with `stop`."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """Id of the process that was started; gunicorn's workers are its children."""
        return self.process.pid

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """Send `sign`, wait, kill what does not end; return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


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
        for name in names or ("embedder", "heads", "gateway"):
            self.services[name] = self._launch(name)
        for name in names or ("embedder", "heads", "gateway"):
            self.wait_ready(name)

    def wait_ready(self, name: str) -> None:
        """Wait until the service is ready. Raises RuntimeError with its log when it has ended."""
        service = self.services[name]

        def ready() -> bool:
            if service.process.poll() is not None:
                raise RuntimeError(f"{name} ended: {service.log.read_text()[-2000:]}")
            return self._is_ready(name)

        wait_until(ready, READY_TIMEOUT_S, f"{name} is not ready")

    def _is_ready(self, name: str) -> bool:
        if name == "embedder":
            check = [sys.executable, "-m", "embedder", "check"]
            done = subprocess.run(check, env=self._environment(name), cwd=ROOT, capture_output=True)
            return done.returncode == 0
        url = {"heads": self.heads_url, "gateway": self.gateway_url}[name]
        try:
            return urllib3.request("GET", f"{url}/readyz", retries=False, timeout=2).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def stop(self) -> dict[str, int]:
        """End what still runs, callers before what they call; return exit codes by name."""
        order = [name for name in ("gateway", "heads", "embedder") if name in self.services]
        return {name: self.services[name].stop() for name in order}

    def _launch(self, name: str) -> Service:
        log = self.folder / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", name, "serve"],
                env=self._environment(name), cwd=ROOT, stdout=out, stderr=out,
            )  # fmt: skip
        return Service(name, process, log)

    def _environment(self, name: str) -> dict[str, str]:
        """Return the service's own settings only: each refuses names it does not know."""
        own = {**self._addresses, **self.env}
        return inherited_environment() | {
            k: v for k, v in own.items() if k.startswith(f"{name.upper()}_")
        }


@contextlib.contextmanager
def running_stack(folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Start the whole stack, yield it when it is ready, and stop it whatever happens."""
    stack = Stack(folder, env)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for opened in sockets:
            opened.bind(("127.0.0.1", 0))
        return [opened.getsockname()[1] for opened in sockets]


def wait_until(done: Callable[[], bool], timeout_s: float, message: str) -> None:
    """Poll `done` until it is true. Raises TimeoutError(message) after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(message)
        time.sleep(0.05)
