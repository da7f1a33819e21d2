"""Shadows: they score after the answer, at the lowest rank, and change nothing."""

import errno
import json
import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from gateway import metrics
from gateway.rollout.shadow import MAX_WAITING, REST, Shadows
from gateway.rollout.shadow_log import FILE, ShadowLog
from heads.prediction import HeadScores, HeadSet, PredictRequest
from tests.support.pools import FakePool, head_set, info
from tests.support.rollout import TEXTS, RolloutGateway, answering_version
from tests.support.waiting import WAIT_S, until


def watched(share: float = 1.0) -> HeadSet:
    """Serve intent with a shadow."""
    return head_set(info("intent"), shadows=[info("intent", "3", share=share)])


def counted(head: str = "intent", number: str = "3") -> Callable[[str], float]:
    """Read one shadow's counter by result, from zero."""

    def read(result: str) -> float:
        return float(metrics.SHADOW.labels(head, number, result)._value.get())

    before = {result: read(result) for result in ("agreed", "flipped", "failed")}
    return lambda result: read(result) - before[result]


def test_a_shadow_scores_after_the_answer_and_changes_nothing(tmp_path: Path) -> None:
    """The answer is production's and costs one call; flips are counted and kept without text."""
    count = counted()
    gateway = RolloutGateway(watched(), ShadowLog(tmp_path, 1 << 20, lambda: 12.0))
    gateway.pool.labels["intent@3"] = "no"
    heads = gateway.ask("secret words", "other words")
    assert {answering_version(answer) for answer in heads} == {("1", False)}
    assert len(gateway.pool.calls) == 1
    gateway.shadows.run_once()
    assert gateway.pool.calls[1][:2] == (("intent@3",), 2)
    assert (count("flipped"), count("agreed")) == (2, 0)
    lines = (tmp_path / FILE).read_text().splitlines()
    assert json.loads(lines[0]) == {
        "at": 12.0,
        "id": "0",
        "head": "intent",
        "served": {"version": "1", "label": "yes", "probability": 0.9, "abstained": False},
        "shadow": {"version": "3", "label": "no", "probability": 0.9, "abstained": False},
    }
    assert len(lines) == 2
    assert "secret" not in "".join(lines)


class FullLog(ShadowLog):
    """A log on a disk that has room again once `is_full` is false."""

    is_full = True

    def add(self, *difference: Any) -> None:
        """Fail as a full disk does, or write."""
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().add(*difference)


def test_a_full_shadow_folder_loses_rows_and_nothing_else(tmp_path: Path) -> None:
    """Each lost row is counted, the trouble logged once; every shadow of every mail is scored."""
    count, lost = counted(), metrics.SHADOW_LOST._value.get()
    shadow_log = FullLog(tmp_path, 1 << 20)
    gateway = RolloutGateway(watched(), shadow_log)
    gateway.pool.labels["intent@3"] = "no"
    with structlog.testing.capture_logs() as events:
        assert {answering_version(a) for a in gateway.ask(*TEXTS[:40])} == {("1", False)}
        gateway.shadows.run_once()
        assert (count("flipped"), metrics.SHADOW_LOST._value.get() - lost) == (40, 40)
        shadow_log.is_full = False
        gateway.ask("other words")
        gateway.shadows.run_once()
    assert [e["event"] for e in events] == ["shadow_rows_lost", "shadow_rows_kept_again"]
    assert len((tmp_path / FILE).read_text().splitlines()) == 1


def test_a_shadow_gets_its_sample() -> None:
    """About the share of the mails, and nothing for mails that were answered from memory."""
    gateway, count = RolloutGateway(watched(0.3)), counted()
    gateway.ask(*TEXTS[:200])
    gateway.ask(*TEXTS[:200])
    while gateway.shadows.waiting:
        gateway.shadows.run_once()
    assert 35 < count("agreed") < 90


def test_shadow_work_is_dropped_first() -> None:
    """What finds no room is counted and forgotten; every mail is answered all the same."""
    gateway, count = RolloutGateway(watched()), counted()
    before = metrics.SHADOW_DROPPED._value.get()
    texts = [f"number {n}" for n in range(MAX_WAITING + 30)]
    assert len(gateway.ask(*texts)) == len(texts)
    while gateway.shadows.waiting:
        gateway.shadows.run_once()
    assert count("agreed") == MAX_WAITING
    assert metrics.SHADOW_DROPPED._value.get() - before == 30


def test_the_shadow_thread_rests_many_times_as_long_as_it_works() -> None:
    """Whatever it is given, it takes 1 % of a core at most."""
    rests: list[float] = []
    rested = threading.Event()
    ticks = iter(range(1000))

    def rest(seconds: float) -> None:
        rests.append(seconds)
        rested.set()

    gateway = RolloutGateway(
        watched(), shadows=lambda pool: Shadows(pool, None, lambda: float(next(ticks)), rest=rest)
    )
    gateway.ask("some words")
    assert rested.wait(WAIT_S)
    gateway.shadows.close()
    worked_s = 1.0  # between two looks at the clock
    assert rests == [REST * worked_s]
    assert worked_s / (worked_s + rests[0]) <= 0.01


def test_a_broken_shadow_is_counted_and_the_thread_goes_on() -> None:
    """Neither a refusal nor an error ends it."""
    gateway, count = RolloutGateway(watched()), counted()
    gateway.pool.broken["intent@3"] = "error"
    gateway.ask("some words")
    gateway.shadows.run_once()
    assert count("failed") == 1

    calls: list[PredictRequest] = []

    class Breaking(FakePool):
        def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
            calls.append(request)
            raise ZeroDivisionError

    def failed(times: int) -> bool:
        return len(calls) == times

    def breaking(pool: FakePool) -> Shadows:
        return Shadows(Breaking(pool.served), None, rest=lambda _seconds: None)

    threaded = RolloutGateway(watched(), shadows=breaking)
    for number, text in enumerate(("some words", "other words"), start=1):
        threaded.ask(text)
        until(partial(failed, number), "the thread does not go on")
    assert threaded.shadows.waiting == 0
    threaded.shadows.close()
