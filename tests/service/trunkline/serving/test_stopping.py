"""Stops, reloads and lost masters: what was accepted is answered, and the port is free in time."""

import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

import psutil
import pytest

from tests.support.door import Caller, Served, request, serving
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service


def refuses(port: int) -> bool:
    """Whether nobody listens on a port any more."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=WAIT_S).close()
    except ConnectionRefusedError:
        return True
    return False


def test_sigterm_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    """Running, waiting and half-sent requests and one on an idle kept connection are answered."""
    flags = ("--threads=1", "--graceful-timeout=50")
    patient = {"adaptive": False, "max_wait_s": WAIT_S, "stop_idle_s": WAIT_S}
    with serving(tmp_path, *flags, **patient, head_timeout_s=WAIT_S) as door:
        with door.caller() as idle, door.caller() as waiting, door.caller() as half:
            assert idle.get("/x").headers["connection"] == "keep-alive"
            held = door.hold()
            waiting.send(request("/waiting"))
            half.send("GET /half HTTP/1.1\r\nHost:")
            door.get("/livez")
            door.process.terminate()
            until(lambda: refuses(door.port), "it still listens")
            idle.send(request("/idle"))
            half.send(" door\r\n\r\n")
            door.release()
            answers = [caller.answer() for caller in (held, waiting, half, idle)]
            held.close()  # kept: it was answered as if nothing stopped
        assert [answer.status for answer in answers] == [200, 200, 200, 200]
        assert answers[-1].headers["connection"] == "close"
        assert door.process.wait(WAIT_S) == 0


def test_an_idle_connection_does_not_hold_a_stop_up(tmp_path: Path) -> None:
    """Without requests a worker ends soon, not after the keep-alive time."""
    with serving(tmp_path, "--keep-alive=600", "--graceful-timeout=50", stop_idle_s=0.1) as door:
        with door.caller() as idle:
            idle.get("/x")
            door.process.terminate()
            assert idle.ended()
        assert door.process.wait(WAIT_S) == 0


def test_a_reload_fails_no_request(tmp_path: Path) -> None:
    """Callers with connections of their own are answered by old workers, then by new ones."""
    with serving(tmp_path, "--workers=2") as door:
        before = {door.get("/pid").json()["pid"] for _ in range(20)}
        door.process.send_signal(signal.SIGHUP)
        seen: set[int] = set()

        def renewed() -> bool:
            answer = door.get("/pid", Connection="close")
            assert answer.status == 200
            seen.add(answer.json()["pid"])
            return len(seen - before) == 2

        until(renewed, "no new workers")
        assert door.stop() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_renewed_workers_fail_no_request(tmp_path: Path, workers: int) -> None:
    """--max-requests under load: six workers, one after the other, and every answer is right.

    Callers keep their connections and send without a pause; one that a stopping worker closes
    after an answer that says so connects again. No more workers stay than were asked for.
    """
    flags = (f"--workers={workers}", "--max-requests=20", "--max-requests-jitter=5",
             "--graceful-timeout=50")  # fmt: skip
    patient = {"max_wait_s": WAIT_S, "stop_idle_s": WAIT_S}
    with serving(tmp_path, *flags, **patient) as door, ThreadPoolExecutor(4) as threads:
        pids: set[int] = set()
        done = Event()
        callers = [threads.submit(_call_until, done, door, pids) for _ in range(4)]
        try:
            until(
                lambda: len(pids) >= 6 or any(caller.done() for caller in callers),
                "no renewal", 5 * WAIT_S,
            )  # fmt: skip
        finally:
            done.set()
        assert {caller.result() for caller in callers} == {200}
        until(lambda: len(_children(door.process.pid)) == workers, "workers are left over")


def test_a_worker_that_asked_and_died_is_replaced_once(tmp_path: Path) -> None:
    """Killed while its successor starts, it leaves one worker, which serves."""
    with serving(tmp_path, "--max-requests=2") as door:
        (first,) = _children(door.process.pid)
        door.get("/x")
        with suppress(ProcessLookupError):  # its successor may serve by now
            os.kill(first, signal.SIGKILL)
        until(lambda: first not in _children(door.process.pid), "it is not reaped")
        assert door.get("/livez").status == 200
        until(lambda: len(_children(door.process.pid)) == 1, "workers are left over")


def _call_until(done: Event, door: Served, pids: set[int]) -> int:
    """Send until told to stop; return the first status that is not 200, or 200."""
    while not done.is_set():
        with door.caller() as caller:
            kept = True
            while kept and not done.is_set():
                answer = caller.get("/pid")
                if answer.status != 200:
                    return answer.status
                pids.add(answer.json()["pid"])
                kept = answer.headers["connection"] == "keep-alive"
    return 200


def _children(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children()]


def test_a_worker_without_its_master_gives_up_the_port(tmp_path: Path) -> None:
    """After kill -9 of the master the next one can bind, and what the worker held is answered."""
    with serving(tmp_path, "--threads=2", "--graceful-timeout=50") as door:
        held = door.hold()
        os.kill(door.process.pid, signal.SIGKILL)
        door.process.wait(WAIT_S)
        until(lambda: refuses(door.port), "the orphan still listens")
        folder = tmp_path / "next"
        folder.mkdir()
        following = Served(folder, {}, port=door.port)
        try:
            assert following.port == door.port
            door.release()
            assert held.answer().status == 200
        finally:
            assert following.stop() == 0


def test_what_this_worker_cannot_do_is_refused_at_start(tmp_path: Path) -> None:
    """TLS and the PROXY protocol would be spoken wrongly, so there is no start with them."""
    with pytest.raises((AssertionError, ConnectionError)), serving(tmp_path, "--proxy-protocol"):
        pass


def test_callers_share_the_connections_of_a_worker(tmp_path: Path) -> None:
    """A worker of few connections serves many callers one after the other."""
    with serving(tmp_path, "--threads=1", "--worker-connections=3") as door:
        callers: list[Caller] = []
        for _ in range(9):
            callers += door.callers(1)
            assert callers[-1].get("/x").status == 200
        assert all(caller.ended() for caller in callers[:6])
