"""Callers that say nothing, half of it, or never listen: none of them costs anybody a thread."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.door import Served, request, serving
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service

HEAD = "POST /x HTTP/1.1\r\nHost: door\r\n"
PATIENT = {"head_timeout_s": WAIT_S, "stall_timeout_s": WAIT_S}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Served]:
    """One worker of two threads."""
    with serving(tmp_path, "--threads=2", **PATIENT) as served:
        yield served


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Served]:
    """One whose callers have to send a request within a second."""
    with serving(tmp_path, "--threads=2", head_timeout_s=1.0, stall_timeout_s=1.0) as served:
        yield served


def test_silent_connections_hold_nobody_up(tmp_path: Path) -> None:
    """1,100 connections without a byte, more than are kept: others are answered, new ones too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    try:
        with serving(tmp_path, "--threads=2", "--worker-connections=1000") as door:
            (kept,) = door.callers(1)
            assert kept.get("/x").status == 200
            silent = door.callers(1100)
            assert door.get("/x").status == 200
            assert door.get("/livez").status == 200
            assert kept.get("/x").status == 200
            assert all(caller.ended() for caller in silent[:100])
            assert set(door.noted("refused")) == {"evicted"}
            assert len(door.noted("refused")) >= 100
            silent[-1].send(request("/late"))
            assert silent[-1].answer().status == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_half_sent_requests_hold_nobody_up(door: Served) -> None:
    """Half heads and half bodies, many times the threads: others are answered meanwhile."""
    held = door.callers(40)
    for number, caller in enumerate(held):
        caller.send(HEAD if number % 2 else HEAD + "Content-Length: 9\r\n\r\nhalf")
    assert door.get("/x").status == 200
    held[0].send(" done")
    assert held[0].answer().json()["bytes"] == 9
    held[1].send("\r\n")
    assert held[1].answer().status == 200


@pytest.mark.parametrize("sent", [HEAD, HEAD + "Content-Length: 9\r\n\r\nhalf"])
def test_half_a_request_is_answered_when_its_time_is_over(impatient: Served, sent: str) -> None:
    """408 as a problem document, then the end; the application has seen nothing."""
    with impatient.caller() as caller:
        caller.send(sent)
        answer = caller.answer()
        assert (answer.status, answer.json()["code"]) == (408, "request_timeout")
        assert answer.headers["content-type"] == "application/problem+json"
        assert caller.ended()
    assert impatient.noted() == []


def test_a_dribbled_head_has_one_time_in_all(impatient: Served) -> None:
    """A byte now and then does not keep a connection for ever."""
    with impatient.caller() as caller:
        caller.sock.setblocking(False)
        caller.send(HEAD)
        seen = b""
        while not seen:
            try:
                caller.sock.send(b"x")
                seen = caller.sock.recv(4096)
            except BlockingIOError:
                assert impatient.get("/livez").status == 200
    assert seen.startswith(b"HTTP/1.1 408 ")


def test_an_idle_connection_is_closed_quietly(tmp_path: Path) -> None:
    """After the keep-alive time, used or not."""
    with serving(tmp_path, "--keep-alive=5") as door, door.caller() as fresh, door.caller() as used:
        assert used.get("/x").headers["connection"] == "keep-alive"
        assert used.ended()
        assert fresh.ended()


def test_callers_that_never_read_hold_nobody_up(tmp_path: Path) -> None:
    """20 MiB for each of eight that do not listen: two threads answer others; the eight end."""
    # Who waited for a thread that a deaf caller holds would be refused before that one ends.
    bounds = {"adaptive": False, "max_wait_s": 12.0, "stall_timeout_s": 15.0}
    with serving(tmp_path, "--threads=2", **bounds) as door:
        deaf = door.callers(8)
        for caller in deaf:
            caller.send(request("/big"))
        assert door.get("/x").status == 200
        until(lambda: len(door.noted("refused")) == 8, "some are still sent to")
        assert set(door.noted("refused")) <= {"timed_out", "no_memory"}
        for caller in deaf:
            with pytest.raises(ConnectionError):
                caller.answer()
        assert len(door.get("/big").body) == 20 << 20


def test_memory_is_reserved_for_what_has_come(tmp_path: Path) -> None:
    """What no longer fits gets 503 at once; what a caller that left held is free again."""
    bounds = {"memory_bytes": 1 << 20, "body_bytes": 1 << 20, **PATIENT}
    with serving(tmp_path, "--threads=2", **bounds) as door:
        large = HEAD + f"Content-Length: {600_000}\r\n\r\n" + "x" * 599_999
        with door.caller() as first, door.caller() as second:
            first.send(large)
            until_received(door)
            second.send(large)
            refused = second.answer()
            assert (refused.status, refused.json()["code"]) == (503, "overloaded")
            assert int(refused.headers["retry-after"]) >= 1
            assert door.get("/x", body="small").json()["bytes"] == 5
        until_received(door)
        with door.caller() as third:
            third.send(HEAD + f"Content-Length: {600_000}\r\n\r\n" + "x" * 600_000)
            assert third.answer().json()["bytes"] == 600_000


def test_what_is_announced_and_not_sent_shuts_nobody_out(tmp_path: Path) -> None:
    """Ten that announce what all the memory is for hold little: a whole body still finds room."""
    bounds = {"memory_bytes": 2 << 20, "body_bytes": 2 << 20, **PATIENT}
    with serving(tmp_path, "--threads=2", **bounds) as door:
        for caller in door.callers(10):
            caller.send(HEAD + f"Content-Length: {2 << 20}\r\n\r\nbegin")
        until_received(door)
        assert door.get("/x", body="x" * 900_000).json()["bytes"] == 900_000


def test_who_is_answered_and_lingers_holds_no_memory(tmp_path: Path) -> None:
    """A caller that was told the end and does not end itself keeps nothing from the next."""
    with serving(tmp_path, "--threads=2", memory_bytes=1 << 20, body_bytes=1 << 20) as door:
        for caller in door.callers(4):
            caller.send(HEAD + "Connection: close\r\nContent-Length: 600000\r\n\r\n")
            caller.send("x" * 600_000)
            assert caller.answer().json()["bytes"] == 600_000


def until_received(door: Served) -> None:
    """Wait until the worker has seen what came before, ends too: it looks at events in order."""
    assert door.get("/livez").status == 200
    assert door.get("/livez").status == 200
