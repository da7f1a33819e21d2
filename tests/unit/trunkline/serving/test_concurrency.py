"""How many requests run at once, learnt from a simulated service; no clock, no load."""

import heapq
from collections.abc import Sequence
from typing import Any

import pytest

from trunkline.serving.concurrency import AdaptiveLimit, FixedLimit, Limit

TARGET_S = 0.5


def simulate(
    limits: Sequence[Limit],
    seconds: float,
    *,
    callers: int,
    work_s: float,
    servers: float,
    start: float = 0.0,
) -> tuple[list[int], int]:
    """Run workers, each with so many callers in a closed loop, against servers that they share.

    A request that is one of n under way takes `work_s`, times n / servers where n is more. Returns
    the sum of limits after each answer, and how many answers there were.
    """
    now, seen = start, []
    running, waiting = [0] * len(limits), [callers] * len(limits)
    ends: list[tuple[float, float, int]] = []
    while now < start + seconds:
        for worker, limit in enumerate(limits):
            while waiting[worker] and running[worker] < limit.value:
                running[worker], waiting[worker] = running[worker] + 1, waiting[worker] - 1
                stretch = max(1.0, sum(running) / servers)
                heapq.heappush(ends, (now + work_s * stretch, now, worker))
        now, started, worker = heapq.heappop(ends)
        running[worker] -= 1
        limits[worker].ran(started, now, binding=waiting[worker] > 0)
        waiting[worker] += 1
        seen.append(sum(limit.value for limit in limits))
    return seen, len(seen)


def adaptive(count: int, most: int = 16) -> list[AdaptiveLimit]:
    """Return the limits of so many workers."""
    return [AdaptiveLimit(most, TARGET_S, 0.0) for _ in range(count)]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_saturated_service_is_given_less_at_once(workers: int) -> None:
    """14 a second: 32 at once would take 2.3 s each; few do, for minutes, and none is lost."""
    load: dict[str, Any] = {"callers": 100 // workers, "work_s": 1 / 7, "servers": 2}
    seen, answers = simulate(adaptive(workers, 32 // workers), 300, **load)
    late = sorted(seen[len(seen) // 2 :])
    assert late[len(late) // 2] <= 14
    assert late[-1] <= 20
    _, most = simulate([FixedLimit(32 // workers)] * workers, 300, **load)
    assert answers >= 0.95 * most


def test_a_service_with_room_gets_all_threads() -> None:
    """Quick answers, many callers: the limit grows to what there is, within seconds."""
    seen, _ = simulate(adaptive(1), 5, callers=32, work_s=0.02, servers=8)
    assert seen[-1] == 16


def test_slow_is_not_congested() -> None:
    """A service that always takes most of the bound, however few ask, is asked by all threads."""
    seen, _ = simulate(adaptive(1), 120, callers=40, work_s=0.6, servers=1000)
    assert seen[-1] == 16


def test_after_a_storm_the_limit_comes_back() -> None:
    """Once requests are quick again, a few seconds give all threads back."""
    limits = adaptive(1)
    storm, _ = simulate(limits, 30, callers=100, work_s=1 / 7, servers=2)
    after, _ = simulate(limits, 10, callers=8, work_s=0.02, servers=8, start=40.0)
    assert storm[-1] <= 12
    assert after[-1] == 16


def test_slow_requests_are_not_hidden_by_quick_ones() -> None:
    """Nine cached answers beside each slow one: places are held by the slow, so they count."""
    (limit,), now = adaptive(1), 0.0
    for _ in range(200):
        now += 0.1
        limit.ran(now - 0.05, now, binding=True)
    grown = limit.value
    for number in range(300):
        now += 0.1
        seconds = 2.0 if number % 10 == 0 else 0.001
        limit.ran(now - seconds, now, binding=True)
    assert grown == 16
    assert limit.value < 8


def test_a_quarter_of_the_threads_works_whatever_happens() -> None:
    """A service that takes ten seconds for each is asked by four of sixteen."""
    seen, _ = simulate(adaptive(1), 600, callers=40, work_s=10.0, servers=1000)
    assert min(seen) == seen[-1] == 4


@pytest.mark.parametrize("most", [1, 2, 3])
def test_few_threads_are_a_limit_too(most: int) -> None:
    """It is never above the threads there are, and never below one."""
    seen, _ = simulate(adaptive(1, most), 30, callers=50, work_s=1.0, servers=1)
    assert set(seen) <= set(range(1, most + 1))
