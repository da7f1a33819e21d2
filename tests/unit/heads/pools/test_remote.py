"""A remote pool knows what is served also while nobody asks it."""

import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
import structlog

from heads.config import load_settings
from heads.pools import wire
from heads.pools.remote import MAX_AGE_S, RemotePool
from heads.prediction import FeatureRow, HeadSet, PredictRequest, unavailable_scores
from heads.registry.registry import Registry
from tests.support.waiting import WAIT_S, until
from trunkline.repeats import BURST


class Service:
    """A heads service that only describes what it serves, and counts who asked.

    `catalog` is what it would serve after a look, which it takes for a caller of the newest;
    `sent` counts the answers with a body. While `broken` it answers 503.
    """

    def __init__(self) -> None:
        self.served = HeadSet(1, {})
        self.catalog: HeadSet | None = None
        self.sent = 0
        self.broken = False
        self.asked = threading.Semaphore(0)
        self.predicts: list[list[tuple[str, str]]] = []
        self.knows: Sequence[str] = ("12",)  # the versions that each release knows, in turn
        service = self

        class Handler(BaseHTTPRequestHandler):
            """Describes what is served now."""

            def do_GET(self) -> None:
                """Answer and count."""
                if self.headers["Cache-Control"] == "no-cache" and service.catalog is not None:
                    service.served = service.catalog
                body = wire.describe_bytes(service.served)
                tag = f'"{service.served.generation}"'
                known = self.headers["If-None-Match"] == tag
                self.send_response(503 if service.broken else 304 if known else 200)
                self.send_header("ETag", tag)
                self.send_header("Content-Length", "0" if known else str(len(body)))
                self.end_headers()
                if not known:
                    service.sent += 1
                    self.wfile.write(body)
                service.asked.release()

            def do_POST(self) -> None:
                """Answer for every head, from one of two releases in turn."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = service.predict(body)
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    def predict(self, body: bytes) -> bytes:
        """Answer for the versions that the release in turn knows."""
        refs, _, _ = wire.parse_request(body)
        self.predicts.append(refs)
        knows = self.knows[len(self.predicts) % len(self.knows)]
        scores = [
            unavailable_scores(name, version, "ok" if version in knows else "unknown_version", "")
            for name, version in refs
        ]
        return wire.response_bytes(1, scores)


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
        service.served = HeadSet(3, {})
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


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Make a clock."""
    return Clock()


@pytest.fixture
def held_up(service: Service, clock: Clock) -> Iterator[RemotePool]:
    """Open a pool that knows generation 1 and whose thread does not get to ask again."""
    url = f"http://127.0.0.1:{service.server.server_port}"
    made = RemotePool(url, refresh_s=3600, first_timeout_s=WAIT_S, clock=clock)
    assert made.head_set().generation == 1
    yield made
    made.close()


def test_what_is_older_than_half_a_second_is_not_handed_out(
    service: Service, held_up: RemotePool, clock: Clock
) -> None:
    """A process that was held up asks first, whatever its thread came to."""
    service.served = HeadSet(2, {})
    clock.now += MAX_AGE_S
    assert held_up.head_set().generation == 1
    clock.now += 0.01
    assert held_up.head_set().generation == 2


def test_what_would_have_to_be_asked_for_is_not_known(
    service: Service, held_up: RemotePool, clock: Clock
) -> None:
    """Nobody waits who asks for what is known: not for a first answer, nor for a newer one."""
    fresh = RemotePool(f"http://127.0.0.1:{service.server.server_port}", clock=clock)
    assert fresh.known_head_set() is None
    known = held_up.known_head_set()
    assert known is not None
    assert known.generation == 1
    clock.now += MAX_AGE_S + 0.01
    assert held_up.known_head_set() is None
    service.broken = True
    held_up.head_set()
    assert held_up.known_head_set() == held_up.head_set()  # away, which is known
    assert fresh.known_head_set() is None
    assert service.asked.acquire(timeout=WAIT_S)  # the fixture's
    assert service.asked.acquire(timeout=WAIT_S)
    assert not service.asked.acquire(blocking=False)


def test_the_last_head_set_stays_while_the_service_is_away(
    service: Service, held_up: RemotePool, clock: Clock
) -> None:
    """The first call that finds the set too old waits for the service, no other does."""
    service.broken = True
    for _ in range(3):
        clock.now += 1
        assert held_up.head_set(newest=True).generation == 1
    assert service.asked.acquire(timeout=WAIT_S)  # the fixture's
    assert service.asked.acquire(timeout=WAIT_S)
    assert not service.asked.acquire(blocking=False)


def test_the_newest_is_what_the_catalog_holds_now(service: Service, held_up: RemotePool) -> None:
    """However new the memory is, the service is asked, and asked to look."""
    service.catalog = HeadSet(2, {})
    assert held_up.head_set().generation == 1
    assert held_up.head_set(newest=True).generation == 2


def test_a_known_head_set_is_not_sent_again(service: Service, held_up: RemotePool) -> None:
    """The service is shown the tag of what is known, and sends what is new alone."""
    for _ in range(3):
        held_up.head_set(newest=True)
    assert (service.sent, held_up.head_set().generation) == (1, 1)
    service.served = HeadSet(2, {})
    assert held_up.head_set(newest=True).generation == 2
    assert service.sent == 2


def test_every_new_generation_is_passed_on(service: Service) -> None:
    """A gateway shows by it what each of its workers serves."""
    generations: list[int] = []
    url = f"http://127.0.0.1:{service.server.server_port}"
    pool = RemotePool(url, refresh_s=3600, on_change=generations.append)
    pool.head_set()
    pool.head_set(newest=True)
    service.served = HeadSet(2, {})
    pool.head_set(newest=True)
    pool.close()
    assert generations == [1, 2]


def asked_for(pool: RemotePool, *names: str) -> list[str]:
    """Ask for heads; return their statuses."""
    rows = [FeatureRow({"mean@1": np.zeros(2, dtype=np.float32)})]
    request = PredictRequest(HeadSet(1, {}), names, rows, "sha256:0", WAIT_S)
    return [scores.status for scores in pool.predict(request).values()]


def test_a_version_that_one_of_two_releases_does_not_know_is_asked_for_again(
    service: Service, pool: RemotePool
) -> None:
    """Behind one address both answer while one replaces the other; only what lacked is repeated."""
    service.knows = ("12", "1")
    assert asked_for(pool, "intent@1", "tone@2") == ["ok", "ok"]
    assert service.predicts == [[("intent", "1"), ("tone", "2")], [("tone", "2")]]


def test_versions_that_nobody_knows_are_asked_for_again_within_a_budget(
    service: Service, pool: RemotePool
) -> None:
    """The answer says so in the end, and most requests are sent once."""
    for _ in range(30):
        assert asked_for(pool, "intent@3") == ["unknown_version"]
    assert len(service.predicts) == 30 + BURST


def test_by_default_nothing_is_older_than_a_second(tmp_path: Path) -> None:
    """What the gateway holds and what the heads service holds are together no older."""
    served = Registry(tmp_path, poll_interval_s=load_settings({}).poll_interval_s)
    assert served.max_age_s + MAX_AGE_S <= 1
    assert Registry(tmp_path).max_age_s <= 1  # as in a gateway with heads of its own
