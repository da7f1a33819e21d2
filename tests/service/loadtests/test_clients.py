"""The load clients against real servers: what they count is what happened."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from embedder.testing.server import serve
from loadtests.clients.grpc_open import run_open
from loadtests.clients.http import lasting, run_http
from loadtests.config import authorization
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service


class _Server(ThreadingHTTPServer):
    """Answers every POST with its own body; answers b"bad" with 500; counts what is at work."""

    request_queue_size = 128
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []
        self.keys: set[str | None] = set()
        self.hold = threading.Event()
        self.hold.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(body)
        self.server.keys.add(self.headers["Authorization"])
        self.server.hold.wait(WAIT_S)
        self.send_response(500 if body == b"bad" else 200)
        if body.startswith(b"chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[_Server]:
    """Run a server that echoes."""
    with _Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def _url(server: _Server) -> str:
    return f"http://127.0.0.1:{server.server_port}/"


def _wrong(status: int, _: bytes) -> str:
    return "" if status == 200 else f"status {status}"


def test_every_body_is_sent_once_and_wrong_answers_are_errors(server: _Server) -> None:
    """A closed loop sends each body once; what the check refuses is no latency but an error."""
    sent = [b"one", b"bad", b"two", b"three"]
    run = run_http("r", _url(server), sent, concurrency=3, check=_wrong)

    assert sorted(server.bodies) == sorted(sent)
    assert (len(run.latencies_s), run.errors) == (3, 1)
    assert run.reasons == {"status 500": 1}


def test_an_answer_that_breaks_the_check_is_an_error_of_its_own(server: _Server) -> None:
    """A check that cannot read one answer costs that answer, not the run."""

    def check(_: int, body: bytes) -> str:
        return str(json.loads(body)["wrong"])

    run = run_http("r", _url(server), [b'{"wrong": ""}', b"x", b"{}"], concurrency=1, check=check)

    assert (len(run.latencies_s), run.errors) == (1, 2)
    assert run.reasons == {
        "unreadable answer: JSONDecodeError": 1, "unreadable answer: KeyError": 1,
    }  # fmt: skip


def test_a_key_goes_with_every_request(server: _Server) -> None:
    """Given headers are sent each time; without a key there is none."""
    key = authorization("secret")
    run_http("r", _url(server), [b"a", b"b"], concurrency=1, check=_wrong, headers=key)

    assert server.keys == {"Bearer secret"}
    assert authorization("") == {}


def test_a_body_in_chunks_is_read_whole(server: _Server) -> None:
    """Chunks are joined, and the connection is good for the next request."""
    found: list[bytes] = []

    def check(status: int, body: bytes) -> str:
        found.append(body)
        return _wrong(status, body)

    run = run_http("r", _url(server), [b"chunked", b"plain"], concurrency=1, check=check)

    assert found == [b"abc0123456789", b"plain"]
    assert run.errors == 0


def test_at_a_rate_waiting_for_a_connection_counts_as_latency(server: _Server) -> None:
    """One connection held for a while: those due meanwhile are late, and the run says so."""
    server.hold.clear()

    def let_go() -> None:
        until(lambda: server.bodies, "no request")
        threading.Timer(0.3, server.hold.set).start()

    holding = threading.Thread(target=let_go)
    holding.start()
    run = run_http("r", _url(server), [b"x"] * 4, concurrency=1, check=_wrong, rate=20)
    holding.join()

    assert len(run.latencies_s) == 4
    assert min(run.latencies_s) > 0.1


def test_a_rate_is_not_exceeded(server: _Server) -> None:
    """Requests leave no earlier than they are due."""
    run = run_http("r", _url(server), [b"x"] * 21, concurrency=8, check=_wrong, rate=100)

    assert run.seconds >= 0.2


def test_bodies_last_as_long_as_asked() -> None:
    """An endless source ends when the time is over."""
    begun = time.perf_counter()
    for body in lasting(0.05, iter(lambda: b"x", b"")):
        assert body == b"x"

    assert time.perf_counter() - begun >= 0.05


def test_open_loop_calls_are_all_answered_and_their_paths_told() -> None:
    """Every text is embedded, a repeated one from the cache, nothing is lost."""
    texts = [*(f"text {number}" for number in range(20)), *["text 1"] * 5]
    with serve() as target:
        run = run_open("r", target, texts, views=["mean@1", "cls@2"], rate=500)

    assert (len(run.latencies_s), run.errors) == (25, 0)
    assert run.notes["miss"] == "20"
    assert sum(int(count) for count in run.notes.values()) == 25


def test_open_loop_errors_are_counted_by_status() -> None:
    """A refused call is an error under its gRPC status, not a latency."""
    with serve() as target:
        run = run_open("r", target, ["fine", "fine too"], views=["mean@99"], rate=100)

    assert run.latencies_s == ()
    assert run.notes == {"INVALID_ARGUMENT": "2"}
