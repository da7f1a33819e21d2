"""One embedder: loop thread, cache, single flight, queue and streams, by the real policies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from embedder.batching.cache import CachedText, EmbeddingCache
from embedder.batching.queue import BatchLimits, BatchQueue
from embedder.batching.scheduler import RECUT_FACTOR
from embedder.batching.workers import PREPARED_BATCHES
from embedder.cost import CostModel
from loadtests.simulation.clock import Clock
from loadtests.simulation.trace import Arrival

_DEADLINE_S = 30.0
_LIMITS = BatchLimits(
    max_batch_tokens=4096, max_batch_size=64, max_queue_size=1024, window=64, max_age_s=0.02
)


@dataclass(frozen=True)
class Costs:
    """What an embedder's work takes: the loop thread's, the way to it and back, the forwards.

    `batch` and `alone` are in milliseconds: a forward of a batch, and of one text while no other
    runs. `share_s` is a look-up in the shared cache, `streams` how many forwards run at once.
    """

    call_s: float
    wire_s: float
    batch: CostModel
    alone: CostModel
    streams: int
    share_s: float = 0.0008
    views: int = 2
    dim: int = 384


@dataclass(eq=False)
class Flight:
    """One text on its way through the encoder; `ends` are called when it is done."""

    key: int
    length: int
    deadline: float
    ends: list[Callable[[], None]]
    rows: int = 1
    queued_at: float = 0.0
    bulk: bool = False
    solo: bool = False


@dataclass
class Counts:
    """What became of texts, and how long streams worked."""

    hits: int = 0
    shared_hits: int = 0
    coalesced: int = 0
    forwards: int = 0
    refused: int = 0
    busy_s: float = 0.0


@dataclass
class Replica:
    """An embedder on a clock; `shared`: the keys that the shared cache has, if there is one."""

    clock: Clock
    costs: Costs
    cache_bytes: int
    shared: set[int] | None = None
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        """Start idle and empty."""
        vector = bytes(4 * self.costs.dim)
        vectors = {str(view): vector for view in range(self.costs.views)}
        self._entry = CachedText(vectors, 0, 0, False)
        self._cache = EmbeddingCache(self.cache_bytes)
        self._queue: BatchQueue[Flight] = BatchQueue(_LIMITS, self.costs.batch)
        self._flights: dict[int, Flight] = {}
        self._loop_free_s = 0.0
        self._running = 0
        self._prepared: Sequence[Flight] | None = None
        self._left_behind = 0

    def know(self, key: int) -> None:
        """Have a text in the caches, as if it had been embedded before."""
        self._cache.store(_name(key), self._entry)
        if self.shared is not None:
            self.shared.add(key)

    def forget(self) -> None:
        """Start with an empty cache of its own, as a new process does."""
        self._cache = EmbeddingCache(self.cache_bytes)

    def arrive(self, arrival: Arrival, done: Callable[[], None]) -> None:
        """Take a text now; `done` is called when its answer is back with the caller."""
        reached = self.clock.now + self.costs.wire_s / 2
        self._loop_free_s = max(reached, self._loop_free_s) + self.costs.call_s
        back = partial(self._answer, done)
        self.clock.at(self._loop_free_s, partial(self._look_up, arrival, back))

    def _answer(self, done: Callable[[], None]) -> None:
        self.clock.at(self.clock.now + self.costs.wire_s / 2, done)

    def _look_up(self, arrival: Arrival, back: Callable[[], None]) -> None:
        if self._cache.lookup(_name(arrival.key)) is not None:
            self.counts.hits += 1
            back()
            return
        flight = self._flights.get(arrival.key)
        if flight is not None:
            self.counts.coalesced += 1
            flight.ends.append(back)
            return
        if not self._queue.reserve(1):
            self.counts.refused += 1
            back()
            return
        deadline = self.clock.now + _DEADLINE_S
        flight = Flight(arrival.key, arrival.tokens, deadline, [back])
        self._flights[arrival.key] = flight
        if self.shared is None:
            self._enqueue(flight)
        else:
            known = arrival.key in self.shared
            step = partial(self._on_shared, flight, known)
            self.clock.at(self.clock.now + self.costs.share_s, step)

    def _on_shared(self, flight: Flight, known: bool) -> None:
        if known:
            self.counts.shared_hits += 1
            self._queue.release(1)
            self._complete(flight)
        else:
            self._enqueue(flight)

    def _enqueue(self, flight: Flight) -> None:
        self._queue.push(flight, self.clock.now)
        self._start_batches()

    def _start_batches(self) -> None:
        """Cut as the scheduler does: one batch ahead, cut anew when much came after it."""
        if self._prepared and len(self._queue) >= RECUT_FACTOR * (self._left_behind + 1):
            self._queue.put_back(self._prepared)
            self._prepared = None
        ahead = PREPARED_BATCHES if self._prepared is None else 0
        while self._running + (self._prepared is not None) < self.costs.streams + ahead:
            batch, _ = self._queue.cut(self.clock.now)
            if not batch:
                return
            self._left_behind = len(self._queue)
            if self._running < self.costs.streams:
                self._run(batch)
            else:
                self._prepared = batch
                return

    def _run(self, batch: Sequence[Flight]) -> None:
        alone = len(batch) == 1 and self._running == 0
        cost = self.costs.alone if alone else self.costs.batch
        seconds = cost.cost(len(batch), max(flight.length for flight in batch)) / 1e3
        self._running += 1
        self.counts.busy_s += seconds
        self.clock.at(self.clock.now + seconds, partial(self._on_batch_done, batch))

    def _on_batch_done(self, batch: Sequence[Flight]) -> None:
        self._running -= 1
        if self._prepared is not None:
            prepared, self._prepared = self._prepared, None
            self._run(prepared)
        self._start_batches()
        for flight in batch:
            self.counts.forwards += 1
            if self.shared is not None:
                self.shared.add(flight.key)
            self._complete(flight)

    def _complete(self, flight: Flight) -> None:
        self._cache.store(_name(flight.key), self._entry)
        del self._flights[flight.key]
        for end in flight.ends:
            end()


def _name(key: int) -> bytes:
    return key.to_bytes(16, "big")
