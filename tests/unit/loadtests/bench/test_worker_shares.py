"""Laws of what shows how a gateway's workers share connections."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from loadtests.bench.worker_shares import Watched, watch


class _Wrong(BaseHTTPRequestHandler):
    """A gateway whose answers no head has given."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"heads": {}, "encoder": {"cache": "answer"}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def test_answers_of_a_short_run_are_checked_too() -> None:
    """Each wrong one is an error, however few seconds are measured."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Wrong) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        (result,) = watch(url, Watched(os.getpid(), 1), 1, 1).values()
        server.shutdown()
    assert result["errors"] > 0
