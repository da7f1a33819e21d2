"""Counts that are added up reach their counters, all of them and once."""

import threading

import numpy as np

from tests.support.waiting import WAIT_S
from trunkline.tally import Tally


def test_a_flush_brings_the_sums_of_every_key_once() -> None:
    """Counts add up by key; what was brought is not brought again."""
    brought: list[tuple[str, list[int]]] = []
    tally = Tally[str](lambda key, counts: brought.append((key, counts)), interval_s=3600.0)
    tally.flush()
    for _ in range(3):
        tally.add("a", np.array([1, 2]))
    tally.add("b", np.array([5]))
    tally.flush()
    tally.flush()
    totals: dict[str, int] = {}
    for key, counts in brought:
        totals[key] = totals.get(key, 0) + sum(counts)
    assert totals == {"a": 9, "b": 5}


def test_counts_reach_their_counters_while_nobody_looks() -> None:
    """A process that counts once and is idle then shows the count all the same."""
    shown = threading.Event()
    tally = Tally[str](lambda _key, _counts: shown.set(), interval_s=0.001)
    tally.add("a", np.array([1]))
    assert shown.wait(WAIT_S)
