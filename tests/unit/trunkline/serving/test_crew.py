"""The threads of a worker outlive whatever fails around a request."""

import socket
from collections.abc import Iterator
from queue import SimpleQueue

import pytest
from structlog.testing import capture_logs

from tests.support.waiting import WAIT_S, until
from trunkline.serving.admission import Admission, Verdict, WaitBounds
from trunkline.serving.budget import Budget
from trunkline.serving.concurrency import FixedLimit
from trunkline.serving.connection import Connection, Phase
from trunkline.serving.crew import Crew
from trunkline.serving.receiving import Bounds, Progress

FOREVER = float("inf")


class Parts:
    """What a crew calls; the step named `failing` raises each time."""

    def __init__(self, failing: str) -> None:
        self.failing = failing
        self.handed_back: SimpleQueue[Connection] = SimpleQueue()

    def fail(self, step: str) -> None:
        """Raise where this is the step that fails."""
        if step == self.failing:
            raise MemoryError("canary")

    def refused(self, reason: str) -> None:
        """See Observer."""

    def waited(self, seconds: float) -> None:
        """See Observer."""
        self.fail("observer")

    def state(self, waiting: int, in_flight: int, limit: int) -> None:
        """See Observer."""

    def answer(self, connection: Connection) -> None:
        """Answer nothing; the connection is kept."""
        self.fail("answer")
        connection.receiver.take()

    def hand_back(self, connection: Connection, progress: Progress) -> None:
        """Note the connection."""
        self.fail("hand_back")
        self.handed_back.put(connection)


@pytest.fixture
def connections() -> Iterator[list[Connection]]:
    """Three connections with a request in hand."""
    pairs = [socket.socketpair() for _ in range(3)]
    made = [Connection(ours, "", "", Bounds(lambda p, k: 1), Budget(1)) for ours, _ in pairs]
    for connection in made:
        connection.phase = Phase.BUSY
    yield made
    for ours, theirs in pairs:
        ours.close()
        theirs.close()


@pytest.mark.parametrize("lingers", [False, True])
@pytest.mark.parametrize("failing", ["observer", "answer", "hand_back"])
def test_a_failure_costs_its_connection_alone(
    connections: list[Connection], failing: str, lingers: bool
) -> None:
    """The place is given back, the poller closes the connection, the one thread works on."""
    parts = Parts(failing)
    bounds = WaitBounds(8, FOREVER, FOREVER)
    crew = Crew(
        1, Admission(FixedLimit(1), bounds, 0.0), parts.answer, parts.hand_back,
        lambda _: FOREVER, parts, lingers=lingers,
    )  # fmt: skip
    *broken, last = connections
    with capture_logs() as logs:
        for connection in broken:
            assert crew.offer(connection, 0.0) is not Verdict.FULL
        crew.start("test")
        until(lambda: len(logs) == 2 and crew.state()[:2] == (0, 0))
        for connection in broken:
            assert connection.phase is Phase.ENDING
            assert connection.expires == 0.0
        parts.failing = ""
        crew.offer(last, 0.0)
        assert parts.handed_back.get(timeout=WAIT_S) is last
    assert {log["event"] for log in logs} == {"request_thread_failed"}
    assert {log["error"] for log in logs} == {"MemoryError"}
    assert "canary" not in str(logs)
