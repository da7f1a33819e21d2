"""The open loop of the fault table against a real server."""

from __future__ import annotations

import itertools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.faults.client import OpenLoop

pytestmark = pytest.mark.service


class _Server(ThreadingHTTPServer):
    """Answers every POST with an empty object; keeps the keys that it was shown, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keys: list[str | None] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.keys.append(self.headers["Authorization"])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_callers_may_move_to_another_key_meanwhile() -> None:
    """Each request shows the key of its moment, on kept connections too."""
    keys = itertools.chain(["one"] * 3, itertools.repeat("two"))
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        loop = OpenLoop(
            f"http://127.0.0.1:{server.server_address[1]}", lambda _text, _answer: ("right", ""),
            itertools.repeat("a"), lambda: next(keys),
        )  # fmt: skip
        sent = loop.run(20, 0.5, lambda: False, 0.5)
        server.shutdown()
        thread.join()
    assert {one.outcome for one in sent} == {"right"}
    assert len(sent) > 3
    shown = (["Bearer one"] * 3 + ["Bearer two"] * len(sent))[: len(sent)]
    assert sorted(map(str, server.keys)) == shown
