"""A gunicorn of its own with our worker class, and callers that speak to it byte by byte."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.stack.processes import ROOT
from tests.support.waiting import WAIT_S, until

_CONFIG = """
from tests.support.door_app import Notes
from trunkline.serving.options import Options
from trunkline.serving.worker import worker_class as with_options

chosen = {options!r}
limit = chosen.pop("body_bytes", 1 << 20)
worker_class = with_options(
    Options(body_limit=lambda path, kind: limit, observer=Notes, **chosen)
)
bind = "127.0.0.1:{port}"
control_socket_disable = True
keepalive = 600  # no test takes so long, unless a flag says less

def child_exit(server, worker):
    worker.bury(server)
"""
_LISTENING = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Answer:
    """One response as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body's JSON."""
        return json.loads(self.body)


class Caller:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
        self._buffer = b""

    def send(self, text: str | bytes) -> None:
        """Send these bytes."""
        self.sock.sendall(text.encode() if isinstance(text, str) else text)

    def get(self, path: str, **fields: str) -> Answer:
        """Ask for a path and wait for the answer."""
        self.send(request(path, **fields))
        return self.answer()

    def answer(self) -> Answer:
        """Read one response."""
        head = self._until(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Answer(int(first.split(" ")[1]), headers, body)

    def ended(self) -> bool:
        """Wait for the server's end; return whether nothing came before it."""
        try:
            return self._buffer == b"" and self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        """Close the connection."""
        self.sock.close()

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._more()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _more(self) -> None:
        piece = self.sock.recv(1 << 20)
        if not piece:
            raise ConnectionError("the connection ended before the answer")
        self._buffer += piece


def request(path: str, body: str = "", method: str = "", **fields: str) -> str:
    """Return a whole request; `fields` are headers, `_` for `-`."""
    lines = [f"{method or ('POST' if body else 'GET')} {path} HTTP/1.1", "Host: door"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", body])


class Served:
    """A running gunicorn; `folder` holds its log, the gate and what its application noted."""

    def __init__(
        self, folder: Path, options: Mapping[str, Any], *flags: str, port: int = 0
    ) -> None:
        self.folder = folder
        self._callers: list[Caller] = []
        self._log = folder / "log"
        config = folder / "conf.py"
        config.write_text(_CONFIG.format(options=dict(options), port=port))
        if not (folder / "gate").exists():
            os.mkfifo(folder / "gate")
        with self._log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", str(config), *flags,
                 "tests.support.door_app:application"],
                cwd=ROOT, stdout=out, stderr=out,
                env={**os.environ, "DOOR_FOLDER": str(folder), "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        until(lambda: _LISTENING.search(self.log) or self.process.poll() is not None, "no start")
        listening = _LISTENING.findall(self.log)
        self.port = int(listening[-1]) if listening else 0
        with self.caller() as caller:
            assert caller.get("/livez").status == 200

    @property
    def log(self) -> str:
        """Return what gunicorn has logged."""
        return self._log.read_text()

    def noted(self, name: str = "seen") -> list[str]:
        """Return the paths that the application noted."""
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []

    @contextmanager
    def caller(self) -> Iterator[Caller]:
        """Connect."""
        caller = Caller(self.port)
        try:
            yield caller
        finally:
            caller.close()

    def callers(self, count: int) -> list[Caller]:
        """Connect so many times; closed with the server."""
        callers = [Caller(self.port) for _ in range(count)]
        self._callers += callers
        return callers

    def get(self, path: str, **fields: str) -> Answer:
        """Ask on a connection of its own."""
        with self.caller() as caller:
            return caller.get(path, **fields)

    def hold(self, path: str = "/hold") -> Caller:
        """Send a request that blocks in the application, and wait until it does."""
        before = self.noted().count(path)
        (caller,) = self.callers(1)
        caller.send(request(path))
        until(lambda: self.noted().count(path) > before, "the application was not asked")
        return caller

    def release(self) -> None:
        """Let those go on who block."""
        os.close(os.open(self.folder / "gate", os.O_WRONLY))

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """End gunicorn, if it still runs, then the connections; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        code = self.process.wait(WAIT_S)
        for caller in self._callers:
            caller.close()
        return code


@contextmanager
def serving(folder: Path, *flags: str, **options: Any) -> Iterator[Served]:
    """Run gunicorn with flags of its command line and options of the door."""
    served = Served(folder, options, *flags)
    try:
        yield served
    finally:
        served.stop(signal.SIGKILL)
