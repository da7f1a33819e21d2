"""Start and stop the services' processes; find free ports; wait for an event."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
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
_PORTS = range(16_000, 30_000)
"""Below those that Linux gives to outgoing connections."""
_STRIDE = 4_999  # prime to their number, so that steps of it come to each
_KEPT = 200
_claimed: dict[Path, int] = {}


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
    """Return ports that nobody listens on, all different.

    No other process is given them from here while this one runs, but for the oldest of many, and
    the system gives them to no outgoing connection: a service may take its time to listen. Raises
    OSError where there are none.
    """
    folder = Path(tempfile.gettempdir()) / f"trunkline-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    start = random.SystemRandom().randrange(len(_PORTS))
    order = (_PORTS[(start + step * _STRIDE) % len(_PORTS)] for step in range(len(_PORTS)))
    free = (port for port in order if _claim(folder / str(port)) and _is_free(port))
    found = list(itertools.islice(free, count))
    if len(found) < count:
        raise OSError(f"of {len(_PORTS)} ports fewer than {count} are free")
    return found


def _claim(path: Path) -> bool:
    """Take a file and keep it; say whether nobody had it."""
    if path in _claimed:
        return False
    file = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return False
    _claimed[path] = file
    if len(_claimed) > _KEPT:
        os.close(_claimed.pop(next(iter(_claimed))))
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            trial.bind(("127.0.0.1", port))
            return True
    return False


def wait_until(done: Callable[[], bool], timeout_s: float, message: str) -> None:
    """Poll `done` until it is true. Raises TimeoutError(message) after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(message)
        time.sleep(0.05)
