"""Lead each flight through tokenizer, batch queue, encoder threads and cache to its waiters."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import structlog

from embedder.api import ItemError
from embedder.batching.cache import CachedText, EmbeddingCache
from embedder.batching.flight import Flight, Stage
from embedder.batching.queue import BatchLimits, BatchQueue, DrainRate, Sizing
from embedder.batching.results import encoded_text, record_batch
from embedder.batching.tokenize import Tokenizing, tokenize
from embedder.batching.workers import BatchResult, Workers
from embedder.encoder import Encoder
from embedder.errors import DeadlineExceeded, EmbedderError, Unavailable
from embedder.metrics import Metrics
from embedder.tokenizer import Tokens

log = structlog.get_logger()

# Up to here tokenizing on the loop thread costs less than handing it to another thread would;
# beyond it, one long text would delay all cache hits.
INLINE_CHARS: Final = 4096
# The batch prepared ahead is cut anew once this many times what it left behind is waiting. In a
# simulated closed loop of 64 callers that gives back 26 % on a fast encoder, for < 1 cut a batch.
RECUT_FACTOR: Final = 1.5
PROBE_TEXT: Final = "Thanks, that sounds good."

_OVER_BUDGET: Final = ItemError(
    "over_token_budget", "the text has more tokens than a batch may hold (max_batch_tokens)"
)


class Scheduler:
    """Leads flights from submission to their end. All but the threads' work is on one event loop.

    Every submitted flight ends: it completes (cached unless bulk), fails alone, is discarded since
    no waiter is left, or is abandoned when the encoder is lost; `lost` then says why.
    """

    def __init__(
        self,
        encoder: Encoder,
        tokenizer: Tokenizing,
        sizing: Sizing,
        limits: BatchLimits,
        cache: EmbeddingCache,
        metrics: Metrics,
        tokenizer_threads: int,
    ) -> None:
        self.encoder = encoder
        self.cache = cache
        self.queue: BatchQueue[Flight] = BatchQueue(limits, sizing)
        self.drain_rate = DrainRate(encoder.streams)
        self.forwards = 0
        self.lost: str | None = None
        self.lost_event = asyncio.Event()
        # Called later with each text that was cached, by its key.
        self.on_encoded: Callable[[bytes, CachedText], None] | None = None
        self.tokenizers = ThreadPoolExecutor(tokenizer_threads, "tokenizer")
        self._tokenizer = tokenizer
        self._metrics = metrics
        self._by_key: dict[bytes, Flight] = {}
        self._open: set[Flight] = set()
        self._running_batches = 0
        self._bulk_batch: Sequence[Flight] | None = None  # with the workers
        self._left_behind = 0  # works that waited when the last batch was cut
        self._loop = asyncio.get_running_loop()
        self._probe = tokenizer.tokenize_batch([(PROBE_TEXT, "")])[0]
        self.workers = Workers(
            encoder,
            self._probe,
            time.monotonic,
            lambda result: self._from_thread(self._on_batch_done, result),
            lambda reason: self._from_thread(self.lose, reason),
        )

    @property
    def flights(self) -> int:
        """The number of flights under way."""
        return len(self._open)

    @property
    def batches(self) -> int:
        """The number of batches cut, and not yet done."""
        return self._running_batches

    def oldest_age_s(self, now: float) -> float:
        """Return the seconds that the oldest text is in the queue or its batch; 0 when none is.

        Bulk texts do not count: they wait for others.
        """
        flights = list(self._open)  # one atomic step: other threads call this, too
        stages = (Stage.WAITING, Stage.IN_BATCH)
        ages = (now - f.queued_at for f in flights if f.stage in stages and not f.bulk)
        return max(ages, default=0.0)

    def close(self) -> None:
        """Stop all threads; what is still under way fails as unavailable."""
        self._abandon_all(Unavailable("the embedder is stopping", code="draining"))
        self.tokenizers.shutdown(wait=False, cancel_futures=True)
        self.workers.stop(timeout_s=1.0)

    def find(self, key: bytes, views: Sequence[str]) -> Flight | None:
        """Return the flight of this text, where a text that needs `views` can still join it."""
        flight = self._by_key.get(key)
        return flight if flight is not None and flight.can_join(views) else None

    def open(self, key: bytes, text: str, context: str, *, bulk: bool) -> Flight:
        """Make a flight that `find` returns from now on. Requires a reserved place in the queue."""
        flight = Flight(key, text, context, bulk=bulk)
        self._by_key[key] = flight
        self._open.add(flight)
        return flight

    def submit(self, flights: Sequence[Flight]) -> None:
        """Tokenize and queue opened flights that have their first waiters."""
        self.cache.misses += len(flights)
        if sum(len(flight.text) + len(flight.context) for flight in flights) <= INLINE_CHARS:
            self.guard(self._tokenized, flights, tokenize(self._tokenizer, flights))
            return
        # Not awaited by a caller: a flight may have other waiters when its first caller leaves.
        future = self.tokenizers.submit(tokenize, self._tokenizer, flights)

        def hand_back(done: Future[tuple[list[Tokens | ItemError], float]]) -> None:
            if not done.cancelled():
                self._from_thread(self._tokenized, flights, done.result())

        future.add_done_callback(hand_back)

    def answer(self, flight: Flight, text: CachedText) -> None:
        """End an opened flight that needs no forward; `text` is cached, and a hit for who waits."""
        self.queue.release(1)
        self._forget(flight)
        if not flight.bulk:
            self.cache.store(flight.key, text)
        flight.complete(text, forward=False)

    def submit_unshared(self, flight: Flight, tokens: Tokens | None, *, reserved: bool) -> None:
        """Queue a flight that `find` never returns and no cache holds; no `tokens`: a probe."""
        self._open.add(flight)
        self._enqueue(flight, tokens or self._probe, reserved=reserved)
        self._start_batches()

    def cancel(self, flight: Flight, reason: str) -> None:
        """Take a flight without waiters out of the queue, if it is there.

        One being tokenized or encoded goes on to the next step and is discarded or cached there.
        `reason` is one of `metrics.DROP_REASONS`.
        """
        if flight.stage is Stage.WAITING and self.queue.discard(flight):
            self._discard(flight, reason)

    def lose(self, reason: str) -> None:
        """Give the encoder up as beyond repair: everything under way fails as unavailable."""
        if self.lost is None:
            self.lost = reason
            self._abandon_all(Unavailable("the encoder is lost", code="encoder_lost"))
            self.lost_event.set()

    def guard(self, step: Callable[..., None], *arguments: Any) -> None:
        """Run a step of the batch loop; give the encoder up when it raises, lest calls hang."""
        try:
            step(*arguments)
        except Exception as error:
            log.exception("batch_loop_failed")
            self.lose(type(error).__name__)

    def _from_thread(self, step: Callable[..., None], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(self.guard, step, *arguments)
        except RuntimeError:  # the loop is closed: the process is ending
            log.debug("late_result_dropped")

    def _tokenized(
        self, flights: Sequence[Flight], result: tuple[list[Tokens | ItemError], float]
    ) -> None:
        tokenized, seconds = result
        self._metrics.tokenize_duration.observe(seconds)
        for flight, tokens in zip(flights, tokenized, strict=True):
            flight.times.tokenize_s = seconds
            if isinstance(tokens, ItemError):
                self.queue.release(1)
                self._fail_item(flight, tokens)
            elif not flight.waiters:
                self.queue.release(1)
                self._discard(flight, "cancelled")
            else:
                self._enqueue(flight, tokens, reserved=True)
        self._start_batches()

    def _enqueue(self, flight: Flight, tokens: Tokens, *, reserved: bool) -> None:
        flight.tokens = tokens
        flight.rows, flight.length = len(tokens.windows), tokens.length
        if self.queue.fits(flight):
            flight.stage = Stage.WAITING
            self.queue.push(flight, time.monotonic(), reserved=reserved)
        else:
            self.queue.release(int(reserved))
            self._fail_item(flight, _OVER_BUDGET)

    def _start_batches(self) -> None:
        """Cut batches while workers can take one; called when queue or workers have changed."""
        if self._running_batches == self.workers.capacity:
            self._recut_prepared_batch()
        while self._running_batches < self.workers.capacity and self.lost is None:
            # A bulk batch is short, alone of its kind, and never ahead of its time.
            takes_bulk = self._bulk_batch is None and self._running_batches < self.encoder.streams
            batch, expired = self.queue.cut(time.monotonic(), bulk=takes_bulk)
            for flight in expired:
                self._discard(flight, "expired" if flight.waiters else "cancelled")
                flight.abandon(DeadlineExceeded("the deadline passed in the queue"))
            if not batch:
                return
            for flight in batch:
                flight.stage = Stage.IN_BATCH
            self._running_batches += 1
            if batch[0].bulk:
                self._bulk_batch = batch
            self.workers.submit(batch)
            self._left_behind = len(self.queue)

    def _recut_prepared_batch(self) -> None:
        """Put the prepared batch back when so many came after it that a better one is likely."""
        if len(self.queue) < RECUT_FACTOR * (self._left_behind + 1):
            return
        if (batch := self.workers.retract()) is None:
            return
        self._ended(batch)
        for flight in batch:
            flight.stage = Stage.WAITING
        self.queue.put_back(batch)

    def _on_batch_done(self, result: BatchResult) -> None:
        """Hand a finished batch's outcomes to all who wait for its texts."""
        self._ended(result.flights)
        self._start_batches()  # first: the encoder must not wait for answers to be written
        encoded_rows = 0
        for flight, outcome in zip(result.flights, result.outcomes, strict=True):
            flight.times.queue_s = result.started_at - flight.queued_at
            flight.times.encode_s = result.seconds
            flight.times.started_at = result.started_at
            flight.times.batch_texts = len(result.flights)
            if isinstance(outcome, dict):
                encoded_rows += flight.rows
                self._complete(flight, outcome)  # given to every waiter
            elif outcome is not None:
                self._fail_item(flight, outcome)  # this text alone
            elif flight.waiters and flight.tokens is not None:
                # A waiter joined after the encoder had skipped it.
                self._enqueue(flight, flight.tokens, reserved=False)
            else:
                self._discard(flight, "cancelled")
        self.drain_rate.record(encoded_rows, result.seconds)
        self._start_batches()  # again: the loop above may have queued flights
        # After the answers, which the loop above has scheduled.
        self._loop.call_soon(record_batch, self._metrics, result)

    def _ended(self, batch: Sequence[Flight]) -> None:
        self._running_batches -= 1
        if batch is self._bulk_batch:
            self._bulk_batch = None

    def _complete(self, flight: Flight, vectors: dict[str, bytes]) -> None:
        text = encoded_text(flight, vectors)
        self._forget(flight)
        if flight.key and not flight.bulk:  # parts of texts, and old ones: no record has their keys
            self.cache.store(flight.key, text)
            if self.on_encoded is not None:
                self._loop.call_soon(self.on_encoded, flight.key, text)
        self.forwards += bool(flight.key or flight.directions)
        flight.complete(text)

    def _fail_item(self, flight: Flight, error: ItemError) -> None:
        self._forget(flight)
        self._metrics.item_errors[error.code].inc()
        flight.fail_item(error)

    def _discard(self, flight: Flight, reason: str) -> None:
        self._forget(flight)
        self._metrics.dropped[reason].inc()

    def _forget(self, flight: Flight) -> None:
        self._open.discard(flight)
        # A later flight of the same text, for other views, may have taken its place.
        if self._by_key.get(flight.key) is flight:
            del self._by_key[flight.key]

    def _abandon_all(self, error: EmbedderError) -> None:
        flights, self._open = self._open, set()
        self._by_key.clear()
        for flight in flights:
            self.queue.discard(flight)
            flight.abandon(error)
