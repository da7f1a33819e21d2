"""Callers that give up: what becomes of each attempt is counted, and each ends in time."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.clients.impatient import run_storm
from tests.support.door import Served, serving

pytestmark = pytest.mark.service


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Served]:
    """One thread, and one place to wait."""
    with serving(tmp_path, "--threads=1", max_waiting=1, adaptive=False, max_wait_s=60) as served:
        yield served


def test_good_answers_are_counted(door: Served) -> None:
    """Callers one after the other are all answered on kept connections."""
    url, bodies = f"http://127.0.0.1:{door.port}/x", itertools.repeat(b"{}")
    storm = run_storm(url, bodies, rate=20, seconds=1, patience_s=60, tries=1)
    assert storm.callers == storm.attempts == 20
    assert len(storm.latencies_s) + storm.refused == 20
    assert (storm.gave_up, storm.failed) == (0, 0)


def test_who_is_not_answered_gives_up_or_is_refused(door: Served) -> None:
    """While the only thread is held one caller waits in vain and others are refused."""
    held = door.hold()
    url, bodies = f"http://127.0.0.1:{door.port}/x", itertools.repeat(b"{}")
    storm = run_storm(url, bodies, rate=20, seconds=1, patience_s=0.5, tries=1)
    door.release()
    assert held.answer().status == 200
    assert storm.latencies_s == []
    assert storm.gave_up + storm.refused == storm.attempts > 0
    assert storm.gave_up >= 1
