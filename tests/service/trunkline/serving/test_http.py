"""HTTP as it must be spoken: framing, order, limits, and refusals that repeat nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.door import Served, request, serving

pytestmark = pytest.mark.service

CANARY = "zqcanary"
HEAD = "POST /x HTTP/1.1\r\nHost: door\r\n"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One worker that reads bodies of up to 1,000,000 bytes."""
    folder: Path = tmp_path_factory.mktemp("door")
    with serving(folder, "--threads=2", body_bytes=1_000_000) as served:
        yield served


def test_requests_sent_together_are_answered_in_order(door: Served) -> None:
    """Each answer is its own request's, whichever way the bytes were cut."""
    stream = "".join(request(f"/n{n}", body="b" * n) for n in range(1, 12)).encode()
    for size in (len(stream), 50, 7):
        with door.caller() as caller:
            for at in range(0, len(stream), size):
                caller.send(stream[at : at + size])
            answers = [caller.answer().json() for _ in range(1, 12)]
        assert [(a["path"], a["bytes"]) for a in answers] == [(f"/n{n}", n) for n in range(1, 12)]


def test_a_connection_is_kept_as_the_caller_wishes(door: Served) -> None:
    """HTTP/1.1 keeps unless told otherwise; HTTP/1.0 closes unless told otherwise."""
    for version, field, kept in (
        ("1.1", "", True), ("1.1", "Connection: close\r\n", False),
        ("1.0", "", False), ("1.0", "Connection: keep-alive\r\n", True),
    ):  # fmt: skip
        with door.caller() as caller:
            caller.send(f"GET /x HTTP/{version}\r\nHost: door\r\n{field}\r\n")
            assert caller.answer().headers["connection"] == ("keep-alive" if kept else "close")
            assert kept or caller.ended()
            assert not kept or caller.get("/x").status == 200


def test_an_empty_line_between_requests_is_passed_over(door: Served) -> None:
    """Some clients send one after a body; it neither counts as a request nor as its begin."""
    with door.caller() as caller:
        caller.send(request("/x", body="one") + "\r\n")
        assert caller.answer().status == 200
        assert caller.get("/y").json()["path"] == "/y"


def test_chunks_are_put_together(door: Served) -> None:
    """Extensions and trailers are allowed; the next request begins after them."""
    body = '5;a="b"\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n'
    for size in (1, 1000):
        with door.caller() as caller:
            stream = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{body}{request('/y')}"
            for at in range(0, len(stream), size):
                caller.send(stream[at : at + size])
            assert caller.answer().json()["bytes"] == 11
            assert caller.answer().json()["path"] == "/y"


def test_a_caller_that_asks_first_is_told_to_go_on(door: Served) -> None:
    """`100 Continue` comes before the body, once, and only where the body will be read."""
    with door.caller() as caller:
        caller.send(HEAD + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert caller.answer().status == 100
        caller.send("hello")
        assert caller.answer().json()["bytes"] == 5
    with door.caller() as caller:
        caller.send(HEAD + "Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n")
        assert caller.answer().status == 413


def test_a_body_over_the_limit_is_refused_without_it(door: Served) -> None:
    """Its announcement is enough; one of unknown length is refused when it goes too far."""
    for sent in (
        "Content-Length: 1000001\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nF4241\r\n",
    ):
        with door.caller() as caller:
            caller.send(HEAD + sent)
            answer = caller.answer()
            assert (answer.status, answer.json()["limit"]) == (413, 1_000_000)
            assert caller.ended()


def test_a_caller_that_sends_on_sees_why_it_was_refused(door: Served) -> None:
    """The connection is not broken under a body of 20 MB that is not read."""
    with door.caller() as caller:
        caller.send(HEAD + f"Content-Length: {20 << 20}\r\n\r\n")
        caller.send(b"x" * (20 << 20))
        assert caller.answer().status == 413


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (f"{CANARY}\r\n\r\n", 400),
        (f"GET /{CANARY} HTTP/9.{CANARY}\r\n\r\n", 400),
        (f"G{CANARY}T / HTTP/1.1\r\n\r\n", 400),
        (f"GET /x HTTP/1.1\nHost: {CANARY}\n\n", 400),
        (f"GET /x HTTP/1.1\r\n{CANARY} bad: x\r\n\r\n", 400),
        (f"GET /x HTTP/1.1\r\nHost: a\r\nHost: {CANARY}\r\n\r\n", 400),
        (f"GET /x HTTP/1.1\r\n X: {CANARY}\r\n\r\n", 400),
        (f"{HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{CANARY}", 400),
        (f"{HEAD}Content-Length: -1\r\n\r\n{CANARY}", 400),
        (f"{HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{CANARY}", 400),
        (f"{HEAD}Transfer-Encoding: {CANARY}\r\n\r\n", 501),
        (f"{HEAD}Expect: {CANARY}\r\n\r\n", 417),
        (f"GET /{CANARY * 1000} HTTP/1.1\r\n\r\n", 414),
        (f"GET /{CANARY * 1000}", 414),
        (f"GET / HTTP/1.1\r\nX: {CANARY * 2000}\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\n" + f"X: {CANARY * 100}\r\n" * 200, 431),
        ("GET /boom HTTP/1.1\r\nHost: a\r\n\r\n", 500),
    ],
)  # fmt: skip
def test_what_makes_no_sense_gets_a_problem_that_repeats_nothing(
    door: Served, sent: str, status: int
) -> None:
    """RFC 9457 with gunicorn's status, then the end; no word of the request in it."""
    with door.caller() as caller:
        caller.send(sent)
        answer = caller.answer()
        assert answer.status == answer.json()["status"] == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert "canary" not in (str(answer.headers) + answer.body.decode()).lower()
        assert caller.ended()


def test_a_body_longer_than_announced_is_no_answer_of_its_own(door: Served) -> None:
    """What follows is refused as a request that makes no sense, without its words."""
    with door.caller() as caller:
        caller.send(f"{HEAD}Content-Length: 2\r\n\r\nhi{CANARY} has no budget\r\n\r\n")
        assert caller.answer().json()["bytes"] == 2
        refused = caller.answer()
        assert refused.status == 400
        assert CANARY not in refused.body.decode()
        assert caller.ended()
