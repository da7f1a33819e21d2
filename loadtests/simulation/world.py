"""Run a plan of replicas through a trace, and count what callers would see."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from loadtests.measurement.percentiles import percentile_ms
from loadtests.simulation.clock import Clock
from loadtests.simulation.replica import Costs, Counts, Replica
from loadtests.simulation.routing import Policy, Router, router
from loadtests.simulation.trace import Arrival, Trace


@dataclass(frozen=True)
class Plan:
    """So many replicas of one kind, how calls are spread over them, and their caches."""

    replicas: int
    costs: Costs
    policy: Policy = "least busy"
    shared_cache: bool = False
    cache_bytes: int = 32 * 2**20


@dataclass(frozen=True)
class Outcome:
    """What callers saw: latencies in seconds; and what it took, as shares of texts and of time."""

    latencies_s: tuple[float, ...]
    hits: float
    shared_hits: float
    forwards: float
    refused: float
    busy: float

    def percentile_ms(self, percent: float) -> float:
        """Return the latency that `percent` of the texts stayed under."""
        return percentile_ms(self.latencies_s, percent)


class World:
    """The replicas of a plan on one clock."""

    def __init__(self, plan: Plan) -> None:
        self._clock = Clock()
        shared: set[int] | None = set() if plan.shared_cache else None
        self._replicas = [
            Replica(self._clock, plan.costs, plan.cache_bytes, shared) for _ in range(plan.replicas)
        ]
        self._plan = plan
        self._router: Router = router(plan.policy, plan.replicas)
        self._outstanding = [0] * plan.replicas
        self._latencies: list[float] = []

    def warm(self, arrivals: Iterable[Arrival]) -> None:
        """Fill the caches with texts that came before, without taking time."""
        for arrival in arrivals:
            self._replicas[self._router.choose(arrival.key, self._outstanding)].know(arrival.key)

    def deploy(self) -> None:
        """Replace every replica by a new one: their own caches are empty, the shared one is not."""
        for replica in self._replicas:
            replica.forget()

    def run(self, arrivals: Iterable[Arrival]) -> Outcome:
        """Send every text when it is due and wait for the last answer."""
        counts = [replica.counts for replica in self._replicas]
        pending = iter(arrivals)
        first = next(pending)
        self._clock.at(first.at_s, partial(self._send, first, pending))
        self._clock.run()
        total, span_s = len(self._latencies), self._clock.now - first.at_s
        streams = self._plan.replicas * self._plan.costs.streams
        return Outcome(
            tuple(self._latencies),
            _share(counts, "hits", total) + _share(counts, "coalesced", total),
            _share(counts, "shared_hits", total),
            _share(counts, "forwards", total),
            _share(counts, "refused", total),
            sum(count.busy_s for count in counts) / (span_s * streams),
        )

    def _send(self, arrival: Arrival, pending: Iterable[Arrival]) -> None:
        index = self._router.choose(arrival.key, self._outstanding)
        self._outstanding[index] += 1
        self._replicas[index].arrive(arrival, partial(self._done, index, self._clock.now))
        following = next(iter(pending), None)
        if following is not None:
            self._clock.at(following.at_s, partial(self._send, following, pending))

    def _done(self, index: int, sent_s: float) -> None:
        self._outstanding[index] -= 1
        self._latencies.append(self._clock.now - sent_s)


def simulate(plan: Plan, trace: Trace, texts: int, warm: int = 0) -> Outcome:
    """Run the next `texts` of a trace after `warm` others have filled the caches."""
    world = World(plan)
    world.warm(itertools.islice(trace, warm))
    return world.run(itertools.islice(trace, texts))


def _share(counts: list[Counts], name: str, total: int) -> float:
    return float(sum(getattr(count, name) for count in counts)) / max(1, total)
