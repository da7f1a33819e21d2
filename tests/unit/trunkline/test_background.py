"""A background thread goes on, whatever its act raises, and starts once there is a thread."""

import threading

import pytest
import structlog

from tests.support.waiting import WAIT_S
from trunkline.background import Background


def test_what_the_act_raises_is_logged_once_and_does_not_end_it() -> None:
    """One line for a row of failures, one more for the next row."""
    acts, fails = threading.Semaphore(0), [True, True, False, True, False]

    def act() -> None:
        acts.release()
        if fails and fails.pop(0):
            raise ValueError("secret")

    background = Background("test", act, lambda: 0.0)
    with structlog.testing.capture_logs() as events:
        background.ensure()
        for _ in range(7):
            assert acts.acquire(timeout=WAIT_S)
        background.stop()
    assert [event["event"] for event in events] == ["background_failed"] * 2
    assert "secret" not in str(events)


def test_a_process_without_a_free_thread_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call finds none and raises nothing, the second starts it, and only once."""
    begun, start, starts = threading.Event(), threading.Thread.start, 0

    def scarce(thread: threading.Thread) -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)
    background = Background("test", begun.set, lambda: 0.01)
    for _ in range(3):
        background.ensure()
    assert begun.wait(WAIT_S)
    background.stop()
    assert (starts, background.stopped) == (2, True)
    background.ensure()
