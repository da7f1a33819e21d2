"""Laws of coalesced calls to the heads: who waits goes together, each gets its own rows' scores."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from gateway.pools.coalescing import MAX_CHARS, MAX_ROWS, CoalescingPool
from heads.explanation import HeadAttribution
from heads.prediction import (
    AttributionRequest,
    FeatureRow,
    HeadScores,
    HeadSet,
    PredictRequest,
    unavailable_scores,
)
from tests.support.waiting import WAIT_S, until

SET = HeadSet(7, {})


class GatedPool:
    """Answers each row with its own number, once `gate` is open; keeps what it was asked."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.calls: list[tuple[tuple[str, ...], int]] = []
        self.times: list[float] = []
        self.traces: list[str] = []
        self.raises = False

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """Return the one set that every request is about."""
        return SET

    def known_head_set(self) -> HeadSet | None:
        """Know it."""
        return SET

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """See Pool."""
        self.calls.append((tuple(request.names), len(request.rows)))
        self.times.append(request.timeout_s)
        self.traces.append(request.traceparent)
        assert request.timeout_s > 0
        assert self.gate.wait(WAIT_S)
        if self.raises:
            raise ZeroDivisionError
        scores = np.array([[float(row.text), 0.0] for row in request.rows], dtype=np.float32)
        best, unsure = (0,) * len(scores), (False,) * len(scores)
        answer = HeadScores("a", "1", "ok", ("x", "y"), scores, best, (0.5, 0.5), unsure)
        answer = answer._replace(unlike=tuple(bool(row[0] > 99) for row in scores))
        return {"a": answer, "b": unavailable_scores("b", "1", "error", "broken")}

    def attribute(self, request: AttributionRequest) -> HeadAttribution:
        """See Pool: nobody asks in here."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is held."""


def rows(*numbers: int) -> list[FeatureRow]:
    """Make rows without vectors, told apart by their text."""
    return [FeatureRow({}, str(number)) for number in numbers]


def ask(
    pool: CoalescingPool, sent: Sequence[FeatureRow], names: str = "ab", timeout_s: float = WAIT_S
) -> Mapping[str, HeadScores]:
    """Send one request for heads named by one letter each."""
    return pool.predict(PredictRequest(SET, tuple(names), sent, "f", timeout_s))


def assert_nobody_is_held_up(pool: CoalescingPool, behind: GatedPool) -> None:
    """Check that no call waits, and that the next caller makes a call of its own at once."""
    assert pool.waiting == 0
    behind.raises = False
    calls = len(behind.calls)
    for timeout_s in (0.01, WAIT_S):
        assert ask(pool, rows(3), timeout_s=timeout_s)["a"].scores[:, 0].tolist() == [3]
    assert len(behind.calls) == calls + 2


@pytest.fixture
def behind() -> GatedPool:
    """Make the pool that answers."""
    return GatedPool()


@pytest.fixture
def pool(behind: GatedPool) -> CoalescingPool:
    """Make the pool under test, in front of the one that answers."""
    return CoalescingPool(behind)


def waits(pool: CoalescingPool, many: int) -> Callable[[], bool]:
    """Ask whether `many` calls wait."""
    return lambda: pool.waiting == many


def started(
    threads: ThreadPoolExecutor, pool: CoalescingPool, behind: GatedPool, many: int
) -> list[Future[Mapping[str, HeadScores]]]:
    """Start one call (row 0) and `many` further ones of two rows, which wait behind it."""
    futures = [threads.submit(ask, pool, rows(0))]
    until(lambda: len(behind.calls) == 1, "the first call never left")
    for number in range(1, many + 1):
        futures.append(threads.submit(ask, pool, rows(number, 100 + number)))
        until(waits(pool, number), "a call does not wait")
    return futures


def test_the_first_leaves_at_once_and_those_that_wait_go_together(
    pool: CoalescingPool, behind: GatedPool
) -> None:
    """Two calls for seven requests; every one gets the scores of its own rows, in order."""
    with ThreadPoolExecutor(8) as threads:
        futures = started(threads, pool, behind, 6)
        behind.gate.set()
        answers = [future.result(WAIT_S) for future in futures]
    assert behind.calls == [(("a", "b"), 1), (("a", "b"), 12)]
    assert answers[0]["a"].scores[:, 0].tolist() == [0]
    for number, answer in enumerate(answers[1:], start=1):
        assert answer["a"].scores[:, 0].tolist() == [number, 100 + number]
        assert len(answer["a"].best) == len(answer["a"].abstained) == 2
        assert answer["a"].unlike == (False, True)
        assert answer["b"].status == "error"
    assert_nobody_is_held_up(pool, behind)


def test_other_heads_and_large_requests_do_not_wait(
    pool: CoalescingPool, behind: GatedPool
) -> None:
    """A queue holds one question; what is asked otherwise, or is much to read, passes it."""
    with ThreadPoolExecutor(8) as threads:
        futures = started(threads, pool, behind, 1)
        futures.append(threads.submit(ask, pool, rows(5), names="a"))
        futures.append(threads.submit(ask, pool, rows(*range(MAX_ROWS // 8 + 1))))
        futures.append(threads.submit(ask, pool, [FeatureRow({}, "7" + " " * MAX_CHARS)]))
        until(lambda: len(behind.calls) == 4, "somebody waits for another's call")
        behind.gate.set()
        assert [len(future.result(WAIT_S)["a"].best) for future in futures] == [1, 2, 1, 9, 1]


def test_a_call_holds_no_more_rows_than_it_may(pool: CoalescingPool, behind: GatedPool) -> None:
    """Of more rows than fit, the oldest go first and the rest with the next call."""
    waiters = MAX_ROWS // 2 + 3
    with ThreadPoolExecutor(waiters + 1) as threads:
        futures = started(threads, pool, behind, waiters)
        behind.gate.set()
        assert all(future.result(WAIT_S)["a"].status == "ok" for future in futures)
    assert [count for _, count in behind.calls] == [1, MAX_ROWS, 6]


def test_after_a_call_that_stalled_the_next_has_time(behind: GatedPool) -> None:
    """The youngest leads: the oldest, who waited all along, has next to none of its time left."""
    now = [0.0]
    pool = CoalescingPool(behind, lambda: now[0])
    with ThreadPoolExecutor(4) as threads:
        futures = started(threads, pool, behind, 1)
        now[0] = WAIT_S - 1
        futures.append(threads.submit(ask, pool, rows(2)))
        until(lambda: pool.waiting == 2, "a call does not wait")
        now[0] = WAIT_S - 0.1
        behind.gate.set()
        assert [future.result(WAIT_S)["a"].status for future in futures] == ["ok"] * 3
    assert behind.times[1] > WAIT_S - 5


def test_who_runs_out_of_time_leaves_and_harms_nobody(
    pool: CoalescingPool, behind: GatedPool
) -> None:
    """A late request gets "unavailable"; the queue goes on without it."""
    with ThreadPoolExecutor(4) as threads:
        futures = started(threads, pool, behind, 1)
        first = threads.submit(ask, pool, rows(8), timeout_s=0.01)
        until(lambda: len(behind.calls) == 2, "another time is another queue")
        second = threads.submit(ask, pool, rows(9), timeout_s=0.01)
        late = second.result(WAIT_S)
        assert {answer.status for answer in late.values()} == {"unavailable"}
        behind.gate.set()
        assert [future.result(WAIT_S)["a"].status for future in (*futures, first)] == ["ok"] * 3
    assert sum(count for _, count in behind.calls) == 4
    assert_nobody_is_held_up(pool, behind)


def test_an_error_behind_ends_every_call(pool: CoalescingPool, behind: GatedPool) -> None:
    """Whoever made the call gets the error, the others no heads; no call waits for ever."""
    with ThreadPoolExecutor(4) as threads:
        futures = started(threads, pool, behind, 2)
        behind.raises = True
        behind.gate.set()
        for leader in futures[::2]:
            with pytest.raises(ZeroDivisionError):
                leader.result(WAIT_S)
        assert futures[1].result(WAIT_S)["a"].status == "unavailable"
    assert_nobody_is_held_up(pool, behind)


def test_a_shared_call_belongs_to_a_recorded_request(
    pool: CoalescingPool, behind: GatedPool
) -> None:
    """Also where those that it was made for first record nothing."""
    recorded = PredictRequest(SET, ("a", "b"), rows(9), "f", WAIT_S, "00-a-b-01")
    with ThreadPoolExecutor(8) as threads:
        futures = started(threads, pool, behind, 1)
        futures.append(threads.submit(pool.predict, recorded))
        until(waits(pool, 2), "a call does not wait")
        futures.append(threads.submit(ask, pool, rows(5)))
        until(waits(pool, 3), "a call does not wait")
        behind.gate.set()
        for future in futures:
            future.result(WAIT_S)

    assert behind.traces == ["", "00-a-b-01"]
