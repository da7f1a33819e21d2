"""A remote pool knows what is served also while nobody asks it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import structlog

from heads.pools import wire
from heads.pools.remote import RemotePool
from heads.prediction import HeadSet
from tests.support.waiting import WAIT_S, until


class Service:
    """A heads service that only describes what it serves, and counts who asked."""

    def __init__(self) -> None:
        self.served = HeadSet(1, {})
        self.asked = threading.Semaphore(0)
        service = self

        class Handler(BaseHTTPRequestHandler):
            """Describes what is served now."""

            def do_GET(self) -> None:
                """Answer and count."""
                body = wire.describe_bytes(service.served)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                service.asked.release()

            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def service() -> Iterator[Service]:
    """Run a service."""
    made = Service()
    with made.server:
        threading.Thread(target=made.server.serve_forever, daemon=True).start()
        yield made
        made.server.shutdown()


@pytest.fixture
def pool(service: Service) -> Iterator[RemotePool]:
    """Open a pool that asks the service often."""
    url = f"http://127.0.0.1:{service.server.server_port}"
    made = RemotePool(url, refresh_s=0.02, first_timeout_s=WAIT_S)
    yield made
    made.close()


def test_an_idle_pool_follows_the_service(service: Service, pool: RemotePool) -> None:
    """After a change the first call is answered by the new head set, without having asked."""
    assert pool.head_set().generation == 1
    process = pool._current
    service.served = HeadSet(2, {}, disabled_rules=("bounce.body",))
    for _ in range(3):  # the first may have left before the change
        assert service.asked.acquire(timeout=WAIT_S)
    assert process is not None
    until(lambda: process.head_set.generation == 2, "nobody asked the service")
    assert pool.head_set().disabled_rules == ("bounce.body",)


def test_an_unforeseen_answer_does_not_end_following(
    service: Service, pool: RemotePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known goes on being served, the trouble is logged once, and asking goes on."""
    parse, failures = wire.parse_describe, threading.Semaphore(0)

    def fail(_body: bytes) -> HeadSet:
        failures.release()
        raise RuntimeError("a bug")

    with structlog.testing.capture_logs() as events:
        assert pool.head_set().generation == 1
        monkeypatch.setattr(wire, "parse_describe", fail)
        for _ in range(3):
            assert failures.acquire(timeout=WAIT_S)
        assert pool.head_set().generation == 1
        service.served = HeadSet(2, {})
        monkeypatch.setattr(wire, "parse_describe", parse)
        until(lambda: pool.head_set().generation == 2, "nobody asked the service again")
    assert [event["event"] for event in events] == [
        "head_set_fetch_failed",
        "head_set_refreshed_again",
    ]


def test_a_follower_that_ended_is_replaced(service: Service, pool: RemotePool) -> None:
    """However the thread came to its end, the next call starts another."""
    pool.head_set()
    process = pool._current
    assert process is not None
    assert process.follower is not None
    process.stopped.set()
    process.follower.join(WAIT_S)
    process.stopped.clear()
    pool.head_set()
    service.served = HeadSet(2, {})
    until(lambda: pool.head_set().generation == 2, "nobody follows the service")
