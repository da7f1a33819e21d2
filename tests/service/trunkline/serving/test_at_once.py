"""The poller's thread answers what needs no wait; all else is a thread's, whole and once."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.door import Caller, Served, request, serving
from tests.support.door_app import FullDisk
from tests.support.waiting import until

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One worker of two threads."""
    with serving(tmp_path_factory.mktemp("door"), "--threads=2") as served:
        yield served


def post(caller: Caller, path: str, body: str) -> Any:
    """Send a body and return what the application showed."""
    caller.send(request(path, body=body))
    answer = caller.answer()
    assert answer.status == 200
    return answer.json()


def test_what_was_ready_once_is_answered_by_the_poller(door: Served) -> None:
    """From the second time on, on any connection; another body is a thread's again."""
    with door.caller() as one, door.caller() as other:
        ways = [post(caller, "/ready", "a")["at_once"] for caller in (one, one, other)]
        shown = post(other, "/ready", "a")
        assert ways == [False, True, True]
        assert (shown["thread"], shown["bytes"]) == ("MainThread", 1)
        assert post(other, "/ready", "b")["thread"].startswith("request")


def test_what_turns_out_to_wait_is_a_threads(door: Served) -> None:
    """The application declines before it does anything; nothing is asked twice, or lost."""
    before = door.noted().count("/late")
    with door.caller() as caller:
        shown = [post(caller, "/late", "body") for _ in range(4)]
    assert [one["at_once"] for one in shown] == [False] * 4
    assert [one["bytes"] for one in shown] == [4] * 4
    assert door.noted().count("/late") == before + 4


def test_requests_that_follow_are_answered_in_order(door: Served) -> None:
    """Known and unknown ones, sent together and cut anywhere."""
    bodies = ["a", "a", "bb", "a", "bb", "ccc"] * 3
    stream = "".join(request("/ready", body=body) for body in bodies).encode()
    for size in (len(stream), 60, 7):
        with door.caller() as caller:
            for at in range(0, len(stream), size):
                caller.send(stream[at : at + size])
            answers = [caller.answer().json()["bytes"] for _ in bodies]
        assert answers == [len(body) for body in bodies]


def test_a_failure_there_is_answered_and_harms_nobody(door: Served) -> None:
    """The caller has its 500, the next one its answer."""
    with door.caller() as caller:
        assert not post(caller, "/ready", "boom")["at_once"]
        caller.send(request("/ready", body="boom"))
        assert caller.answer().status == 500
        assert caller.ended()
    assert door.get("/x").status == 200


def test_no_thread_is_needed(tmp_path: Path) -> None:
    """While the only one is taken, what is ready is answered."""
    with serving(tmp_path, "--threads=1") as served, served.caller() as caller:
        post(caller, "/ready", "full house")
        held = served.hold()
        assert post(caller, "/ready", "full house")["at_once"]
        served.release()
        assert held.answer().status == 200


def test_they_count_towards_a_workers_end(tmp_path: Path) -> None:
    """A worker whose requests but the first were answered by its poller is renewed, too."""
    with serving(tmp_path, "--threads=1", "--max-requests=20") as served:
        pids: set[int] = set()

        def renewed() -> bool:
            with served.caller() as caller:  # of its own: one that stops closes after its answer
                pids.add(post(caller, "/ready", "a")["pid"])
            return len(pids) > 1

        until(renewed, "the worker was not renewed")


def test_more_than_a_turn_may_have_go_to_threads(door: Served) -> None:
    """Of forty that have come together each is answered, whoever does it."""
    with ExitStack() as stack:
        callers = [stack.enter_context(door.caller()) for _ in range(40)]
        pid = post(callers[0], "/ready", "many")["pid"]
        assert post(callers[0], "/ready", "many")["at_once"]
        os.kill(pid, signal.SIGSTOP)
        for caller in callers:
            caller.send(request("/ready", body="many"))
        os.kill(pid, signal.SIGCONT)
        shown = [caller.answer().json()["at_once"] for caller in callers]
    assert sum(shown) >= 32


def test_a_log_that_cannot_be_written_ends_no_worker(tmp_path: Path) -> None:
    """A disk that is full takes the caller's connection at most."""
    with serving(tmp_path, f"--logger-class={FullDisk.__module__}.FullDisk") as served:
        pid = served.get("/pid").json()["pid"]
        for body in ("boom", "boom", "boom"):
            with served.caller() as caller, suppress(ConnectionError):
                post(caller, "/ready", body)
                caller.send(request("/ready", body=body))
                caller.answer()
        assert served.get("/pid").json()["pid"] == pid
