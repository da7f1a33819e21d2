"""Rows of callers that harm the others: silent, half-sent, dribbling, never reading, impatient."""

from __future__ import annotations

import contextlib
import json
import math
import selectors
import socket
import ssl
import statistics
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import urllib3

from loadtests.config import api_key, authorization
from tests.faults.row import Bounds, Row, Scene

_CONNECTIONS = 1000
_HELD_S = 10.0
_CALM_S = 1.0  # after a storm; then everything must be as before it
_PATIENT, _PATIENCE_S = 9, 20.0
_KEY = "".join(f"{name}: {value}\r\n" for name, value in authorization(api_key()).items())
_HEAD = (
    b"POST /v1/classify HTTP/1.1\r\nHost: faults\r\nContent-Type: application/json\r\n"
    + _KEY.encode()
)


def hold(scene: Scene, count: int, first: bytes, drip: bytes = b"") -> None:
    """Keep `count` connections open that sent `first` and, each second, a byte of `drip`."""
    with _connections(scene.url, count) as opened:
        scene.wait(2.0)
        scene.fault()
        for connection in opened:
            _send(connection, first)
        for number in range(int(_HELD_S)):
            scene.wait(1.0)
            for connection in opened if drip else ():
                _send(connection, drip[number % len(drip) : number % len(drip) + 1])


def storm(scene: Scene, callers: int = 150, patience_s: float = 1.0, seconds: float = 8.0) -> None:
    """Let many callers ask for long, new texts and hang up when an answer takes too long.

    A second after the last of them, patient requests are timed against those of before.
    """
    scene.wait(2.0)
    quiet_s = _patient_s(scene, "before")
    scene.fault()
    asked = 0
    end = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for _ in range(callers):
            selector.register(_ask(scene.url, asked), selectors.EVENT_READ, time.monotonic())
            asked += 1
        while time.monotonic() < end:
            done = {key.fd for key, _ in selector.select(0.05)}
            for key in list(selector.get_map().values()):
                if key.fd in done or time.monotonic() - key.data > patience_s:
                    selector.unregister(key.fileobj)
                    _close(key.fileobj)
                    selector.register(
                        _ask(scene.url, asked), selectors.EVENT_READ, time.monotonic()
                    )
                    asked += 1
        for key in list(selector.get_map().values()):
            _close(key.fileobj)
    scene.notes.append(f"{asked} requests of {callers} callers with {patience_s:g} s patience")
    scene.wait(_CALM_S)
    later_s = _patient_s(scene, "after")
    scene.slowdown = later_s / quiet_s
    scene.notes.append(
        f"patient: {1000 * quiet_s:.0f} ms before, {1000 * later_s:.0f} ms from 1 s after"
    )


def _patient_s(scene: Scene, when: str) -> float:
    """Return the median seconds of a few requests, one after another; infinite if one failed."""
    seconds = []
    for number in range(_PATIENT):
        text = f"Patient question {number}, {when}: could you send me the price list?"
        begun = time.monotonic()
        answer = urllib3.request(
            "POST", f"{scene.url}/v1/classify", json={"text": text},
            headers=authorization(api_key()), retries=False, timeout=_PATIENCE_S,
        )  # fmt: skip
        seconds.append(time.monotonic() - begun if answer.status == 200 else math.inf)
    return math.inf if math.inf in seconds else statistics.median(seconds)


def _ask(url: str, number: int) -> socket.socket:
    text = f"Question {number}: " + "could you tell me more about the terms of your offer? " * 40
    body = json.dumps({"text": text}).encode()
    connection = _connect(url)
    _send(connection, _HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


@contextlib.contextmanager
def _connections(url: str, count: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(_connect(url)) for _ in range(count)]


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    plain = socket.create_connection((parts.hostname or "", port), timeout=10)
    if not tls:
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)


def _send(connection: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):  # the server may have hung up: that is its right
        connection.sendall(data)


def _close(connection: object) -> None:
    assert isinstance(connection, socket.socket)
    connection.close()


def _holding(first: bytes, drip: bytes = b"", count: int = _CONNECTIONS) -> Callable[[Scene], None]:
    return lambda scene: hold(scene, count, first, drip)


_WHOLE = _HEAD + b'Content-Length: 21\r\n\r\n{"text": "Not now."}  '

# Sent to a gateway itself, not through Envoy, which would shield it.
ROWS = (
    Row("1,000 connections that send nothing", _holding(b""), layout="door", remote=True,
        quick=True),
    Row("1,000 half-sent requests", _holding(_HEAD), layout="door", remote=True),
    Row("200 callers that dribble their head", _holding(_HEAD[:20], _HEAD[20:], 200),
        layout="door", remote=True),
    Row("200 callers that dribble their body",
        _holding(_HEAD + b"Content-Length: 2000000\r\n\r\n", b'{"text": "', 200), layout="door",
        remote=True),
    Row("200 callers that never read", _holding(_WHOLE * 20, b"", 200), layout="door", remote=True),
    Row("a storm of impatient callers", storm,
        Bounds(refused=None, recovered_s=12.0, slowdown=2.0,
               why="what is refused while the storm lasts"),
        rate=2.0, seconds=25.0, layout="door", remote=True, quick=True),
)  # fmt: skip
