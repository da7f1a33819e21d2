"""A heads service of several processes or addresses: one that stands still costs no request."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from urllib3.exceptions import HTTPError

from heads.pools import replicated_http
from heads.pools.replicated_http import FAIR_S, TIMEOUT_HEADER, HttpReplica, ReplicatedHttp
from tests.support.replica_notes import ReplicaNotes
from tests.support.tcp_proxy import TcpProxy, tcp_proxy
from tests.support.waiting import WAIT_S, until
from trunkline import replicas
from trunkline.repeats import BURST

pytestmark = pytest.mark.service

PROBE_S = 8.0  # within which a probe is answered, however busy the machine
LONG_S = 24.0  # of a request: whichever attempt is answered has the time for it


class Service:
    """An HTTP service that counts requests; while `gate` is cleared, those to /wait hang."""

    def __init__(self, host: str, port: int) -> None:
        self.count = 0
        self.hosts: set[str] = set()
        self.timeouts_ms: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.status = 200
        self.retry_after = ""
        service = self

        class Handler(BaseHTTPRequestHandler):
            """Answers everything alike."""

            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Answer and count."""
                self.rfile.read(int(self.headers["Content-Length"]))
                service.count += 1
                service.hosts.add(self.headers["Host"])
                service.timeouts_ms.append(int(self.headers.get(TIMEOUT_HEADER, -1)))
                service.gate.wait(WAIT_S)
                self._answer(service.status)

            def do_GET(self) -> None:
                """Answer a probe."""
                self._answer(200)

            def _answer(self, status: int) -> None:
                self.send_response(status)
                if status == 503 and service.retry_after:
                    self.send_header("Retry-After", service.retry_after)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

        class Server(ThreadingHTTPServer):
            """Takes callers that go away for granted."""

            def handle_error(self, *_args: object) -> None:
                """Keep quiet."""

        self.server = Server((host, port), Handler)
        self.server.daemon_threads = True

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"127.0.0.1:{self.server.server_port}"


@contextmanager
def service(host: str = "127.0.0.1", port: int = 0) -> Iterator[Service]:
    """Run a service."""
    made = Service(host, port)
    with made.server:
        threading.Thread(target=made.server.serve_forever, daemon=True).start()
        try:
            yield made
        finally:
            made.gate.set()
            made.server.shutdown()


@contextmanager
def client_of(url: str, notes: ReplicaNotes) -> Iterator[ReplicatedHttp]:
    """Open a client."""
    client = ReplicatedHttp(url, 4, "heads", notes)
    try:
        yield client
    finally:
        client.close()


def ask(client: ReplicatedHttp, timeout_s: float = WAIT_S) -> int:
    """Post once; return the status. No attempt is over soon, unless a test is about its end."""
    return client.request("POST", "/v1/predict", timeout_s, b"x", {}).status


@pytest.fixture
def notes() -> ReplicaNotes:
    """Keep what becomes of the replicas."""
    return ReplicaNotes()


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no replica be silent or slow because the machine is busy."""
    monkeypatch.setattr(replicated_http, "PROBE_TIMEOUT_S", PROBE_S)
    monkeypatch.setattr(replicas, "SLOW_FLOOR_S", WAIT_S)
    monkeypatch.setattr(replicas, "IDLE_S", WAIT_S)


def test_a_kept_connection_to_a_process_that_stands_still_is_left_for_a_new_one(
    notes: ReplicaNotes,
) -> None:
    """After half of the time the request goes out again, over a connection of its own."""
    with service() as only, client_of(f"http://{only.address}", notes) as client:
        assert ask(client) == 200
        only.gate.clear()
        asked = only.count

        def let_the_second_pass() -> None:
            until(lambda: only.count == asked + 2, "no second attempt")
            only.gate.set()

        helper = threading.Thread(target=let_the_second_pass)
        helper.start()
        assert ask(client, LONG_S) == 200
        helper.join()
    assert notes.repeats == ["timed_out"]


def test_a_third_attempt_is_made_where_the_second_met_the_same_silence(
    notes: ReplicaNotes,
) -> None:
    """Behind a proxy a new connection may lead to the process that stands still once more."""
    with service() as only, client_of(f"http://{only.address}", notes) as client:
        only.gate.clear()
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(ask, client, LONG_S)
            until(lambda: only.count == 3, "no third attempt")
            only.gate.set()
            assert waiting.result(WAIT_S) == 200
    assert notes.repeats == ["timed_out", "timed_out"]


def test_every_attempt_says_how_long_it_will_be_waited_for(notes: ReplicaNotes) -> None:
    """The service refuses what still waits there then, instead of working for nobody."""
    with service() as only, client_of(f"http://{only.address}", notes) as client:
        only.gate.clear()
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(ask, client, LONG_S)
            until(lambda: only.count == 2, "no second attempt")
            only.gate.set()
            assert waiting.result(WAIT_S) == 200
    half_ms = LONG_S * 500
    assert all(0 < timeout_ms <= half_ms for timeout_ms in only.timeouts_ms)  # an attempt's


def test_a_kept_connection_that_was_closed_says_nothing_of_its_replica(
    notes: ReplicaNotes,
) -> None:
    """The request goes out over a new one, and nothing is set aside."""
    with (
        service() as only,
        tcp_proxy(only.address) as proxy,
        client_of(f"http://{proxy.address}", notes) as client,
    ):
        assert ask(client) == 200
        proxy.cut()
        proxy.pass_on()
        assert ask(client) == 200
    assert notes.reasons == []


@contextmanager
def two(notes: ReplicaNotes) -> Iterator[tuple[TcpProxy, Service, Service, ReplicatedHttp]]:
    """Run two services at addresses of one name and port, the first behind a proxy."""
    with service() as first, tcp_proxy(first.address) as proxy:
        addresses = [("127.0.0.1", proxy.port), ("127.0.0.2", proxy.port)]
        with service("127.0.0.2", proxy.port) as second:
            client = ReplicatedHttp(
                f"http://heads:{proxy.port}/prefix", 4, "heads", notes, lambda *_: addresses
            )
            try:
                yield proxy, first, second, client
            finally:
                client.close()


def test_every_address_of_a_name_is_a_replica_and_gets_its_share(notes: ReplicaNotes) -> None:
    """Requests go to both in turn, under the name that they were sent to."""
    with two(notes) as (proxy, first, second, client):
        for _ in range(8):
            ask(client)
        assert (first.count, second.count) == (4, 4)
        assert first.hosts == {f"heads:{proxy.port}"}


def test_one_of_two_in_a_black_hole_costs_no_request(notes: ReplicaNotes) -> None:
    """The request that met it goes to the other; once set aside it meets none."""
    with two(notes) as (proxy, first, _, client):
        for _ in range(4):
            assert ask(client) == 200
        proxy.black_hole()
        until(lambda: ask(client, LONG_S) == 200 and notes.reasons, "nothing was set aside")
        count, repeats = first.count, len(notes.repeats)
        for _ in range(20):
            assert ask(client) == 200
        assert (first.count, len(notes.repeats)) == (count, repeats)
        proxy.pass_on()
        notes.await_serving(2)
        until(lambda: ask(client) == 200 and first.count > count, "nothing goes there again")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_one_of_two_that_is_cut_off_or_says_that_it_is_away_costs_no_request(
    notes: ReplicaNotes, status: int
) -> None:
    """A refused connection or an answer of a proxy for nobody: the other is asked at once."""
    with two(notes) as (proxy, first, _, client):
        first.status = status
        assert [ask(client) for _ in range(8)] == [200] * 8
        assert set(notes.reasons) == {"unreachable"}  # again, once a probe has brought it back
        first.status = 200
        notes.await_serving(2)
        proxy.cut()
        assert [ask(client) for _ in range(8)] == [200] * 8


def test_an_overloaded_one_of_two_stays_and_the_other_is_preferred(notes: ReplicaNotes) -> None:
    """A 503 with Retry-After is an answer: nothing is set aside, and it is left alone so long."""
    with two(notes) as (_, first, second, client):
        first.status, first.retry_after = 503, "60"
        assert [ask(client) for _ in range(8)] == [200] * 8
        assert (first.count, second.count) == (1, 8)
    assert (notes.reasons, notes.repeats) == ([], ["overloaded"])


def test_a_request_meets_an_overloaded_replica_once(notes: ReplicaNotes) -> None:
    """Where the other times out the question goes there again, over a new connection."""
    with two(notes) as (_, first, second, client), ThreadPoolExecutor(1) as threads:
        assert ask(client) == 200
        first.status, first.retry_after = 503, "0"
        second.gate.clear()
        waiting = threads.submit(ask, client, LONG_S)
        until(lambda: second.count == 2, "the second was not asked")
        client._replicas.released(_picked(client, "127.0.0.1"))  # whose turn it now is
        until(lambda: first.count + second.count == 4, "no third attempt")
        second.gate.set()
        assert waiting.result(WAIT_S) == 200
        assert first.count == 1
    assert notes.repeats == ["overloaded", "timed_out"]


def test_an_overloaded_replica_beside_one_set_aside_is_asked_once(notes: ReplicaNotes) -> None:
    """The one that could not be reached is not asked instead: the overload is the answer."""
    with two(notes) as (proxy, _, second, client):
        assert ask(client) == 200
        proxy.cut()
        client._replicas.failed(_picked(client, "127.0.0.1"), "unreachable")
        assert notes.reasons == ["unreachable"]
        second.status, second.retry_after, second.count = 503, "60", 0
        with pytest.raises(HTTPError, match="come back"):
            ask(client)
        assert second.count == 1
    assert notes.repeats == []


def test_repeats_after_overloads_have_a_budget(notes: ReplicaNotes) -> None:
    """Two that are overloaded are not asked twice by everybody, and neither is set aside."""
    with two(notes) as (_, first, second, client):
        for busy in (first, second):
            busy.status, busy.retry_after = 503, "soon"
        for _ in range(40):
            with pytest.raises(HTTPError):
                ask(client)
        assert first.count + second.count <= 40 + BURST
    assert (notes.reasons, set(notes.repeats)) == ([], {"overloaded"})


def _picked(client: ReplicatedHttp, host: str) -> HttpReplica:
    """Pick the replica at `host` as another request would."""
    others = [other for other in client._replicas.all() if other.address != host]
    picked = client._replicas.pick(others)
    assert picked is not None
    return picked


def test_a_closed_connection_to_one_set_aside_meanwhile_is_answered_by_the_other(
    notes: ReplicaNotes,
) -> None:
    """It says nothing of its replica, but that one was given up by another request: ask on."""
    with two(notes) as (proxy, first, _, client):
        assert [ask(client) for _ in range(2)] == [200] * 2
        with ThreadPoolExecutor(1) as threads:
            first.gate.clear()
            asked = first.count
            waiting = threads.submit(lambda: [ask(client, WAIT_S) for _ in range(2)])
            until(lambda: first.count > asked, "the first was not asked")
            client._replicas.failed(_picked(client, "127.0.0.1"), "unreachable")
            proxy.cut()
            assert waiting.result(WAIT_S) == [200] * 2
            first.gate.set()


def test_without_any_replica_requests_fail_at_once(notes: ReplicaNotes) -> None:
    """Once the last was given up nobody waits for it; a probe brings it back."""
    with (
        service() as only,
        tcp_proxy(only.address) as proxy,
        client_of(f"http://{proxy.address}", notes) as client,
    ):
        assert ask(client) == 200
        proxy.cut()

        def given_up() -> bool:
            with pytest.raises(HTTPError):
                ask(client)
            return notes.serving == 0

        until(given_up, "never given up")
        proxy.pass_on()
        notes.await_serving(1)
        assert ask(client) == 200


def test_hurried_requests_are_not_cut_in_halves(notes: ReplicaNotes) -> None:
    """Half of little time is none: they have all of it, once, and harm no replica."""
    with service() as only, client_of(f"http://{only.address}", notes) as client:
        only.gate.clear()
        for _ in range(5):
            with pytest.raises(HTTPError):
                ask(client, FAIR_S * 0.9)
        until(lambda: only.count >= 5, "not every request has come")
        only.gate.set()
        assert (only.count, notes.repeats) == (5, [])


def test_repeats_after_time_outs_have_a_budget(notes: ReplicaNotes) -> None:
    """A service that answers nobody in time is not asked twice by everybody.

    The first ten spend the budget before the others' half is over: threads race for what is left.
    """
    with service() as only, client_of(f"http://{only.address}", notes) as client:
        only.gate.clear()
        times_s = [2.0] * int(BURST) + [3.6] * 30
        with ThreadPoolExecutor(40) as threads:
            calls = [threads.submit(ask, client, timeout_s) for timeout_s in times_s]
            assert all(isinstance(call.exception(WAIT_S), HTTPError) for call in calls)
    assert len(notes.repeats) <= BURST
