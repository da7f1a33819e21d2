"""Calls that end whatever happens around them."""

import asyncio
import threading
import time

import pytest
from prometheus_client import CollectorRegistry

from embedder.batching.cache import EmbeddingCache
from embedder.batching.engine import Engine, Prompt
from embedder.batching.queue import BatchLimits
from embedder.batching.scheduler import INLINE_CHARS, Scheduler
from embedder.batching.tokenize import check_budget
from embedder.errors import DeadlineExceeded, EmbedderError
from embedder.metrics import Metrics
from embedder.testing.encoder import FakeTokenizer
from embedder.testing.server import fake_loaded


class StuckTokenizer(FakeTokenizer):
    """Names no text before `released` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def canonical(self, text: str, context: str = "") -> bytes:
        """See `FakeTokenizer.canonical`."""
        self.released.wait()
        return super().canonical(text, context)


async def expire_behind(tokenizer: StuckTokenizer) -> None:
    """Send a long text behind another one; its deadline is told while the tokenizer is stuck."""
    loaded = fake_loaded()
    metrics = Metrics(CollectorRegistry())
    limits = BatchLimits(4096, 16, 64, 32, 0.02)
    scheduler = Scheduler(
        loaded.encoder, tokenizer, loaded.sizing, limits, EmbeddingCache(0), metrics, 1
    )
    engine = Engine(scheduler, tokenizer, metrics)
    scheduler.workers.start()
    long = [Prompt("a " * INLINE_CHARS)]
    try:
        first = asyncio.create_task(engine.embed(long, ["mean@1"], time.monotonic() + 60))
        await asyncio.sleep(0)
        with pytest.raises(DeadlineExceeded):
            await engine.embed(long, ["mean@1"], time.monotonic() + 0.05)
        tokenizer.released.set()
        (answer,) = (await first).answers
        assert answer is not None
        assert answer.error is None
    finally:
        tokenizer.released.set()
        scheduler.close()


def test_a_long_text_expires_on_time_behind_a_slow_tokenizer() -> None:
    """A deadline is kept before the queue, too: while a call waits for the tokenizer's thread."""
    asyncio.run(expire_behind(StuckTokenizer()))


def test_a_budget_that_long_texts_cannot_keep_is_refused_at_start() -> None:
    """A batch must hold the longest text; otherwise each long mail would fail alone, for ever."""
    check_budget(FakeTokenizer(max_tokens=64), 64, 64)
    with pytest.raises(EmbedderError, match="63; the longest text needs 64"):
        check_budget(FakeTokenizer(max_tokens=64), 64, 63)
