"""Peers are processes: each is started, asked with the same texts, measured, and ended."""

import sys
from dataclasses import asdict, replace

import psutil
import pytest

from loadtests.peers.catalog import PEERS, Peer
from loadtests.peers.run import LEVELS, peer_rows
from loadtests.reports.peers import SAME, peers_tables
from tests.support.waiting import WAIT_S

pytestmark = pytest.mark.service

SERVER = """
import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"]
        body = json.dumps({"length": -1 if text == "wrong" else len(text)}).encode()
        self.send_response(500 if text == "bad" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer.request_queue_size = 64
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
ECHO = Peer(
    "echo", "", 0, "/", lambda text: {"text": text}, lambda answer: answer["length"] > 0,
    lambda at: [sys.executable, "-c", SERVER, str(at.port)],
)  # fmt: skip


def test_a_peer_is_measured_at_every_level_and_ended() -> None:
    """Wrong answers are errors with their reason; CPU, memory and start-up are reported."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    rows = peer_rows(ECHO, ["fine", "also fine", "bad", "wrong"] * 20, WAIT_S, print)

    assert [row.concurrency for row in rows] == list(LEVELS)
    for row in rows:
        assert row.reasons == {"status 500": 20, "wrong content": 20}
        assert (row.errors, row.trouble, row.kind) == (40, "", SAME)
        assert min(row.rate, row.p50, row.memory_mb, row.start_s) > 0
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


def test_a_peer_that_does_not_start_says_why() -> None:
    """Its last words stand in the table; the other peers go on."""
    broken = replace(ECHO, command=lambda at: [sys.executable, "-c", "raise SystemExit('no x')"])
    (row,) = peer_rows(broken, ["fine"], 5, print)

    assert row.trouble == "did not start: no x"
    shown = peers_tables([asdict(row)], 0.04)
    assert "| echo | fp32 | embedding only | did not start: no x |" in shown


def test_every_peer_has_a_name_of_its_own() -> None:
    """A table's rows can be told apart."""
    assert len({peer.name for peer in PEERS}) == len(PEERS)
