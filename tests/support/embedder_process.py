"""The embedder as a process over a fake encoder, whose knobs tests turn from outside."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from embedder.client import EmbedderClient
from tests.support.waiting import WAIT_S

# The real server over a fake encoder, whose knobs are turned by lines on standard input.
PROGRAM = """
import asyncio, os, sys, threading
from embedder.config import load_settings
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import fake_loaded
from trunkline.logs import configure_logging
from embedder.server.server import serve_loaded

encoder = FakeEncoder()

def obey():
    while line := os.read(0, 100).decode():
        knob, action = line.split()
        getattr(getattr(encoder, knob), action)()
        os.write(1, b"done\\n")

configure_logging("embedder", "info")
threading.Thread(target=obey, daemon=True).start()
sys.exit(asyncio.run(serve_loaded(load_settings(), fake_loaded(encoder))))
"""


class Process:
    """One embedder process, its port, and what it logged."""

    def __init__(self, **settings: object) -> None:
        given = {"EMBEDDER_PORT": "0", "EMBEDDER_METRICS_PORT": "0"}
        given |= {f"EMBEDDER_{name.upper()}": str(value) for name, value in settings.items()}
        self.popen = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, **given},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.events: list[dict[str, Any]] = []
        self._arrived = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stderr is not None
        for line in self.popen.stderr:
            with self._arrived:
                self.events.append(json.loads(line) if line.startswith("{") else {"event": line})
                self._arrived.notify_all()

    def logged(self, event: str) -> dict[str, Any]:
        """Wait for a log event."""
        with self._arrived:
            arrived = self._arrived.wait_for(
                lambda: [entry for entry in self.events if entry["event"] == event],
                timeout=WAIT_S,
            )
        assert arrived, self.events
        return arrived[0]

    def turn(self, knob: str, action: str) -> None:
        """Turn a knob of the fake encoder."""
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        self.popen.stdin.write(f"{knob} {action}\n")
        self.popen.stdin.flush()
        assert self.popen.stdout.readline() == "done\n"

    @property
    def target(self) -> str:
        """Wait until it is ready; return its address."""
        return f"127.0.0.1:{self.logged('ready')['port']}"

    def exit_code(self) -> int:
        """Wait for the end."""
        code = self.popen.wait(timeout=WAIT_S)
        self._reader.join(WAIT_S)
        return code


@contextmanager
def process(**settings: object) -> Iterator[Process]:
    """Run an embedder; whatever happens, it is gone at the end."""
    running = Process(**settings)
    try:
        yield running
    finally:
        running.popen.kill()
        running.exit_code()
        for pipe in (running.popen.stdin, running.popen.stdout, running.popen.stderr):
            assert pipe is not None
            pipe.close()


@contextmanager
def connected(target: str) -> Iterator[EmbedderClient]:
    """Connect a client."""
    client = EmbedderClient(target, default_timeout_s=WAIT_S)
    try:
        yield client
    finally:
        client.close()
