"""The threads that run the encoder: one a stream, each taking the next batch as it frees."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from embedder.batching.encode import Outcome, encode, parse_view
from embedder.batching.flight import Flight
from embedder.encoder import Batch, Encoder
from embedder.errors import EncoderLost
from embedder.tokenizer import Tokens

log = structlog.get_logger()

# Batches cut beyond those that run, so that a stream that frees never waits for the loop thread.
PREPARED_BATCHES: Final = 1


@dataclass(frozen=True, slots=True)
class BatchResult:
    """One batch that is done: an outcome for each flight, when it started and how long it took."""

    flights: Sequence[Flight]
    outcomes: Sequence[Outcome]
    started_at: float
    seconds: float


class LivenessClock:
    """Times of the last success and of running forwards, written by the worker threads.

    Times are those of the clock that the workers were given.
    """

    def __init__(self, streams: int, now: float) -> None:
        self.last_success = now
        self.running_since: list[float | None] = [None] * streams

    def longest_run_s(self, now: float) -> float:
        """Return how long the oldest forward still running has run; 0 when none runs."""
        return max((now - since for since in self.running_since if since is not None), default=0.0)


class Workers:
    """`encoder.streams` threads. `on_batch` and `on_lost` are called in those threads.

    Each batch given to `submit` comes back through `on_batch`, unless the encoder is lost: then
    `on_lost` is called with the reason and nothing more comes.
    """

    def __init__(
        self,
        encoder: Encoder,
        probe: Tokens,
        clock: Callable[[], float],
        on_batch: Callable[[BatchResult], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self.capacity = encoder.streams + PREPARED_BATCHES
        self.liveness = LivenessClock(encoder.streams, clock())
        self._encoder = encoder
        self._probe = probe
        self._clock = clock
        self._on_batch = on_batch
        self._on_lost = on_lost
        self._inbox: queue.SimpleQueue[Sequence[Flight] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, args=(n,), name=f"encoder-{n}", daemon=True)
            for n in range(encoder.streams)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def submit(self, batch: Sequence[Flight]) -> None:
        """Hand over the next batch."""
        self._inbox.put(batch)

    def retract(self) -> Sequence[Flight] | None:
        """Take back the batch that no stream has begun, if there is one."""
        try:
            return self._inbox.get_nowait()
        except queue.Empty:
            return None

    def stop(self, timeout_s: float) -> None:
        """Let the threads end after what they were given; wait `timeout_s` at most for all."""
        ends = time.monotonic() + timeout_s
        for _ in self._threads:
            self._inbox.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, ends - time.monotonic()))

    def alive(self) -> bool:
        """Whether every stream's thread still runs."""
        return all(thread.is_alive() for thread in self._threads)

    def _run(self, stream: int) -> None:
        try:
            while (batch := self._inbox.get()) is not None:
                self._on_batch(self._encode(stream, batch))
        except BaseException as error:
            # Whatever it was, this stream is dead, and a dead stream must not go unseen.
            log.error("encoder_lost", stream=stream, error=type(error).__name__)
            self._on_lost(type(error).__name__)

    def _encode(self, stream: int, batch: Sequence[Flight]) -> BatchResult:
        started = self._clock()
        self.liveness.running_since[stream] = started
        try:
            alone = self._is_alone(stream, batch)
            outcomes = encode(self._encoder, batch, self._wanted, _log_failure, alone=alone)
            if any(isinstance(outcome, dict) for outcome in outcomes):
                self.liveness.last_success = self._clock()
            elif any(outcome is not None for outcome in outcomes):
                self._prove_alive(alone)
        finally:
            self.liveness.running_since[stream] = None
        return BatchResult(batch, outcomes, started, self._clock() - started)

    def _is_alone(self, stream: int, batch: Sequence[Flight]) -> bool:
        """Whether this is one text while no other forward runs and no batch waits.

        Streams mark themselves as running before they look, so that at most one is alone.
        """
        others = (since for n, since in enumerate(self.liveness.running_since) if n != stream)
        return len(batch) == 1 and self._inbox.empty() and all(since is None for since in others)

    def _wanted(self, flight: Flight) -> bool:
        return flight.wanted(self._clock())

    def _prove_alive(self, alone: bool) -> None:
        """Encode the probe after a batch without any result. Raises EncoderLost.

        It runs `alone` or not as the batch did, because a runtime may compute the two differently.
        """
        try:
            last = parse_view(f"mean@{self._encoder.layers}")  # the whole encoder, not its start
            pooled = self._encoder.forward(Batch.of([self._probe], [last], alone=alone))
        except Exception as error:
            raise EncoderLost(type(error).__name__) from error
        if pooled.shape != (1, 1, self._encoder.dim):
            raise EncoderLost("shape")
        self.liveness.last_success = self._clock()


def _log_failure(error: Exception) -> None:
    # The message of a runtime may quote its input: only the kind of error is logged.
    log.warning("forward_failed", error=type(error).__name__)
