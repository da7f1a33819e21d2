"""What comes of a finished batch: its texts for the cache, its figures for the metrics."""

from __future__ import annotations

from embedder.batching.cache import CachedText
from embedder.batching.flight import Flight
from embedder.batching.workers import BatchResult
from embedder.metrics import Metrics


def encoded_text(flight: Flight, vectors: dict[str, bytes]) -> CachedText:
    """Return an encoded flight's text as it is cached."""
    tokens = flight.tokens
    if tokens is None:
        raise ValueError("a flight without tokens was encoded")
    return CachedText(vectors, tokens.tokens, tokens.tokens_total, tokens.truncated, tokens.unknown)


def record_batch(metrics: Metrics, result: BatchResult) -> None:
    """Record a batch's size, time and waiting."""
    flights = result.flights
    metrics.batch(
        rows=sum(flight.rows for flight in flights),
        tokens=sum(flight.tokens.tokens for flight in flights if flight.tokens is not None),
        longest=max(flight.length for flight in flights),
        seconds=result.seconds,
        queue_s=[result.started_at - flight.queued_at for flight in flights],
    )
