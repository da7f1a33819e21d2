"""Nothing of a request outlives it."""

import asyncio
import gc
import time

from prometheus_client import CollectorRegistry

from embedder.batching.cache import EmbeddingCache
from embedder.batching.engine import Engine, Prompt
from embedder.batching.flight import Call, Flight, Waiter
from embedder.batching.queue import BatchLimits
from embedder.batching.scheduler import Scheduler
from embedder.metrics import Metrics
from embedder.testing.server import fake_loaded


async def serve_many(count: int, cache_bytes: int) -> int:
    """Embed texts of mixed length; count what is left of the requests, collector off."""
    loaded = fake_loaded()
    metrics = Metrics(CollectorRegistry())
    limits = BatchLimits(4096, 16, 64, 32, 0.02)
    cache = EmbeddingCache(cache_bytes)
    scheduler = Scheduler(
        loaded.encoder, loaded.tokenizer, loaded.sizing, limits, cache, metrics, 1
    )
    engine = Engine(scheduler, loaded.tokenizer, metrics)
    scheduler.workers.start()
    try:
        for start in range(0, count, 20):
            prompts = [
                Prompt(f"{number} " * (1 + number % 9)) for number in range(start, start + 20)
            ]
            deadline = time.monotonic() + 60
            await asyncio.gather(*(engine.embed([p], ["mean@1"], deadline) for p in prompts))
        await asyncio.sleep(0)
    finally:
        scheduler.close()
    assert cache.currsize <= cache_bytes
    # By type: asking `isinstance` of every object in the process wakes lazy modules up.
    return sum(type(thing) in (Call, Flight, Waiter) for thing in gc.get_objects())


def test_memory_is_flat_over_many_requests_of_mixed_length() -> None:
    """Calls and flights are freed as they end, without waiting for the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        left = asyncio.run(serve_many(1000, cache_bytes=20_000))
    finally:
        gc.enable()
    assert left < 60  # at most the last batches; never a number that grows with the requests
