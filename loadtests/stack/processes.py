"""Start and stop the services' processes; find free ports; wait for an event."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil
import urllib3

from loadtests.config import inherited_environment

Kind = Literal["embedder", "heads", "gateway"]
KINDS: tuple[Kind, ...] = ("embedder", "heads", "gateway")  # what is called before its callers

ROOT = Path(__file__).resolve().parents[2]
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

    def signal(self, sign: int) -> None:
        """Send `sign` to the process and all its descendants: freezing a service freezes them."""
        processes = [psutil.Process(self.pid)]
        processes += processes[0].children(recursive=True)
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(sign)

    def raise_if_ended(self) -> None:
        """Raise RuntimeError with the log's end when the process has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {self.log.read_text()[-2000:]}")


def launch(
    kind: str, name: str, folder: Path, settings: Mapping[str, str], code: Path = ROOT,
    wrapper: Sequence[str] = (),
) -> Service:  # fmt: skip
    """Start a service with its own settings only: each refuses names that it does not know.

    The log goes to `<folder>/<name>.log`. `code`: the checkout whose code runs. `wrapper`: words
    before the service's command, of a command that ends in exec.
    """
    log = folder / f"{name}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*wrapper, sys.executable, "-m", kind, "serve"],
            env=environment_of(kind, settings), cwd=code, stdout=out, stderr=out,
        )  # fmt: skip
    return Service(name, process, log)


def environment_of(kind: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process of this service: no setting of another one."""
    prefix = f"{kind.upper()}_"
    own = {name: value for name, value in settings.items() if name.startswith(prefix)}
    return inherited_environment() | own


def embedder_ready(settings: Mapping[str, str]) -> bool:
    """Ask the embedder that `settings` describe whether it serves."""
    check = [sys.executable, "-m", "embedder", "check"]
    environment = environment_of("embedder", settings)
    return subprocess.run(check, env=environment, cwd=ROOT, capture_output=True).returncode == 0


def http_ready(url: str) -> bool:
    """Ask the service at `url` whether it is ready."""
    try:
        return urllib3.request("GET", f"{url}/readyz", retries=False, timeout=2).status == 200
    except urllib3.exceptions.HTTPError:
        return False


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
