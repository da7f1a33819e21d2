"""The services of one stack as processes: start them, show their logs, say why one ended."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from typing import IO

Variables = Mapping[str, str]

_LAST_LINES = 8
_POLL_S = 0.2
_DRAIN_S = 45.0
_READ_S = 2.0


class EndedError(Exception):
    """A service ended by itself; the text says which, how, and what it said last."""


class Services:
    """Processes of the services in `variables`, which holds what to add to each one's environment.

    In that order: what is called stands before its callers. `packages` names the package of a
    service that is not called as its own.
    """

    def __init__(
        self, variables: Mapping[str, Variables], packages: Mapping[str, str] | None = None
    ) -> None:
        self._variables = variables
        self._packages = packages or {}
        self._width = max(map(len, variables))
        self._running: list[_Service] = []
        self._changed = threading.Event()

    def start(self) -> None:
        """Start all of them, each in a process group of its own: Ctrl-C does not reach them."""
        for name, added in self._variables.items():
            package, prefix = self._packages.get(name, name), f"{name:<{self._width}} | "
            self._running.append(_Service(name, package, added, prefix))

    def raise_if_ended(self) -> None:
        """Raise EndedError where a service is no longer there."""
        for service in self._running:
            if service.process.poll() is not None:
                raise EndedError(service.obituary())

    def wait_a_moment(self) -> None:
        """Wait until it is time to look again."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._running[-1].process.wait(_POLL_S)

    def stop(self) -> None:
        """Let each finish what it has begun, callers before what they call, and end."""
        for service in reversed(self._running):
            service.stop()
        self._running.clear()

    def kill(self) -> None:
        """End all of them at once, without finishing anything."""
        for service in self._running:
            service.kill()


class _Service:
    """One process; a thread copies its log to standard output and keeps the last lines."""

    def __init__(self, name: str, package: str, added: Variables, prefix: str) -> None:
        self._name = name
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        words = [sys.executable, "-u", "-m", package, "serve"]
        self.process = subprocess.Popen(
            ["/usr/bin/env", *_pairs(added), *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        if self.process.stdout is None:  # never: it was asked for
            raise RuntimeError("no pipe")
        self._copying = threading.Thread(
            target=self._copy, args=(self.process.stdout, prefix), daemon=True
        )
        self._copying.start()

    def obituary(self) -> str:
        """Return how the process ended, with its last lines."""
        self._copying.join(_READ_S)
        code = self.process.returncode
        how = f"ended with code {code}"
        if code < 0:
            how = f"was ended by {signal.Signals(-code).name}"
        lines = [f"    {line}" for line in self._last] or ["    (nothing)"]
        return "\n".join([f"{self._name} {how}; its last lines:", *lines])

    def stop(self) -> None:
        """Ask it to drain and wait; what is left of its group after that is killed."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_DRAIN_S)
        self.kill()
        self.process.wait()
        self._copying.join(_READ_S)

    def kill(self) -> None:
        """End the process and its workers at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _copy(self, log: IO[bytes], prefix: str) -> None:
        with log:
            for raw in log:
                line = raw.decode("utf-8", "replace").rstrip()
                self._last.append(line)
                with contextlib.suppress(OSError):  # nobody reads: the service goes on
                    sys.stdout.write(f"{prefix}{line}\n")
                    sys.stdout.flush()


def _pairs(variables: Variables) -> Iterable[str]:
    return [f"{name}={value}" for name, value in variables.items()]
