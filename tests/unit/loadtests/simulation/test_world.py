"""The simulation against what must be so, whatever the numbers."""

from __future__ import annotations

import itertools

import pytest

from embedder.cost import CostModel
from loadtests.simulation.replica import Costs
from loadtests.simulation.routing import POLICIES, router
from loadtests.simulation.trace import Arrival, Trace
from loadtests.simulation.world import Plan, World, simulate
from loadtests.traffic.corpus import Repeats, TextStream

COSTS = Costs(0.0003, 0.002, CostModel(2.0, 0.1, 0.0), CostModel(3.0, 0.05, 0.0), streams=1)


def trace(rate: float, hit_ratio: float = 0.3, keys: int = 200) -> Trace:
    """Return the same arrivals each time."""
    return Trace(Repeats.with_hit_ratio(hit_ratio, keys), rate, seed=7)


def test_a_lone_text_takes_its_way_its_call_and_its_forward() -> None:
    """Nothing waits where nothing else is: the latency is the sum of what was put in."""
    outcome = World(Plan(1, COSTS)).run([Arrival(1.0, 5, 16)])
    assert list(outcome.latencies_s) == pytest.approx([0.002 + 0.0003 + (3.0 + 0.05 * 16) / 1e3])
    assert (outcome.forwards, outcome.hits, outcome.refused) == (1, 0, 0)


def test_every_text_is_answered_once_and_counted_once() -> None:
    """Hits, shared hits and forwards add up to all texts, by every policy."""
    for policy, shared in itertools.product(POLICIES, (False, True)):
        outcome = simulate(Plan(3, COSTS, policy, shared), trace(120), 1500)
        assert len(outcome.latencies_s) == 1500
        total = outcome.hits + outcome.shared_hits + outcome.forwards + outcome.refused
        assert total == pytest.approx(1)


def test_replicas_that_share_know_what_one_alone_would_know() -> None:
    """With a shared cache four cost as many forwards as one; without, more."""
    forwards = {
        (count, shared): simulate(
            Plan(count, COSTS, shared_cache=shared), trace(20, 0.6), 3000
        ).forwards
        for count in (1, 4)
        for shared in (False, True)
    }
    assert forwards[4, True] == pytest.approx(forwards[1, False], abs=0.01)
    assert forwards[4, False] > forwards[1, False] + 0.05


def test_a_deployment_costs_hits_only_without_a_shared_cache() -> None:
    """New processes know nothing of their own; what is shared outlives them."""
    forwards = {}
    for shared in (False, True):
        texts, world = trace(30, 0.9), World(Plan(2, COSTS, shared_cache=shared))
        world.warm(itertools.islice(texts, 3000))
        world.deploy()
        forwards[shared] = world.run(itertools.islice(texts, 500)).forwards
    assert forwards[True] < 0.15
    assert forwards[False] > 2 * forwards[True]


def test_too_much_is_refused_and_never_lost() -> None:
    """Ten times what a replica can do fills its queue; each text still comes to an end."""
    outcome = simulate(Plan(1, COSTS), trace(5000, 0.0, 10), 6000)
    assert len(outcome.latencies_s) == 6000
    assert outcome.refused > 0
    assert outcome.busy > 0.9


def test_the_trace_repeats_as_the_load_tests_texts_do() -> None:
    """The share of texts that came before is that of the words' stream, within two points."""
    repeats = Repeats.with_hit_ratio(0.5, 300)
    words = [text.words for text in itertools.islice(TextStream(repeats, 3), 5000)]
    keys = [arrival.key for arrival in itertools.islice(Trace(repeats, 10, 3), 5000)]
    assert len(set(keys)) == pytest.approx(len(set(words)), abs=0.02 * 5000)


def test_a_hash_keeps_a_text_on_its_replica_until_that_is_too_busy() -> None:
    """The same key goes the same way while loads are even, and elsewhere above the bound."""
    chosen = router("hash", 4)
    idle = [1, 1, 1, 1]
    home = chosen.choose(42, idle)
    assert [chosen.choose(42, idle) for _ in range(5)] == [home] * 5
    busy = [10 if replica == home else 0 for replica in range(4)]
    assert chosen.choose(42, busy) != home
    assert {chosen.choose(key, idle) for key in range(200)} == {0, 1, 2, 3}
