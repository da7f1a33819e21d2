"""The whole engine under any mix of calls, cancellations, failures and a slow encoder."""

import asyncio
import time
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from embedder.batching.cache import EmbeddingCache
from embedder.batching.engine import Engine, Prompt
from embedder.batching.flight import Call
from embedder.batching.queue import BatchLimits
from embedder.batching.scheduler import Scheduler
from embedder.cost import CostModel
from embedder.encoder import Batch
from embedder.errors import DeadlineExceeded, Overloaded
from embedder.metrics import Metrics
from embedder.testing.encoder import FakeEncoder, FakeTokenizer
from embedder.views import View
from tests.support.examples import examples
from tests.support.waiting import WAIT_S

LIMITS = BatchLimits(
    max_batch_tokens=48, max_batch_size=3, max_queue_size=6, window=8, max_age_s=0.01
)
TEXTS = ["a", "A", "b c", "d e f", "poison", "g poison", "untokenizable", "h " * 60, "i " * 3000]
TOO_LONG = {"h " * 60: 49, "i " * 3000: 49}
VIEWS = ["mean@1", "mean@2", "cls@3"]


@dataclass(frozen=True)
class Ask:
    texts: tuple[str, ...]
    views: tuple[str, ...]
    deadline_s: float
    bulk: bool = False


ASKS = st.builds(
    Ask,
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4).map(tuple),
    st.lists(st.sampled_from(VIEWS), min_size=1, max_size=3, unique=True).map(tuple),
    st.sampled_from([0.0, 0.002, 30.0, 30.0, 30.0]),
    st.booleans(),
)
STEPS = st.lists(
    st.one_of(ASKS, st.sampled_from(["cancel", "close", "open", "yield", "settle"])), max_size=14
)


def expected(text: str, view: str) -> bytes:
    """Encode one text alone."""
    tokens = FakeTokenizer().tokenize_batch([(text, "")])
    pooled = FakeEncoder().forward(Batch.of(tokens, [View.parse(view)]))
    return np.ascontiguousarray(pooled[0, 0]).tobytes()


def expected_error(text: str) -> str | None:
    """Return the code with which a text fails, whatever it is batched with; None for good ones."""
    if "untokenizable" in text:
        return "tokenize_failed"
    if "poison" in text:
        return "encoder_failed"
    return "over_token_budget" if text in TOO_LONG else None


def check(ask: Ask, task: asyncio.Task[Call]) -> None:
    """Check a call that ended: each text has its own vectors or its own error."""
    if task.cancelled():
        return
    if task.exception() is not None:
        assert isinstance(task.exception(), DeadlineExceeded | Overloaded)
        return
    for text, answer in zip(ask.texts, task.result().answers, strict=True):
        assert answer is not None
        if answer.error is not None:
            assert answer.error.code == expected_error(text)
        else:
            assert answer.text is not None
            assert expected_error(text) is None
            for view in ask.views:
                assert answer.text.vectors[view] == expected(text, view)


async def play(steps: list[Ask | str]) -> None:
    """Take all steps, then see that every call ended."""
    encoder = FakeEncoder(streams=2)
    metrics = Metrics(CollectorRegistry())
    tokenizer = FakeTokenizer(max_tokens=400)
    cache = EmbeddingCache(4000)
    scheduler = Scheduler(encoder, tokenizer, CostModel(), LIMITS, cache, metrics, 1)
    engine = Engine(scheduler, tokenizer, metrics)
    scheduler.workers.start()
    calls: list[tuple[Ask, asyncio.Task[Call]]] = []
    try:
        for step in steps:
            if isinstance(step, Ask):
                prompts = [Prompt(text) for text in step.texts]
                deadline = time.monotonic() + step.deadline_s
                asked = engine.embed(prompts, step.views, deadline, bulk=step.bulk)
                task = asyncio.create_task(asked)
                calls.append((step, task))
            elif step == "cancel" and calls:
                calls[len(calls) // 2][1].cancel()
            elif step == "close":
                encoder.gate.clear()
            elif step == "open":
                encoder.gate.set()
            elif step == "settle" and encoder.gate.is_set():
                await asyncio.wait([task for _, task in calls] or [asyncio.create_task(idle())])
            await asyncio.sleep(0)
        encoder.gate.set()
        if calls:
            async with asyncio.timeout(WAIT_S):
                await asyncio.wait([task for _, task in calls])
        for ask, task in calls:
            check(ask, task)
        await empty(scheduler)
    finally:
        encoder.gate.set()
        scheduler.close()


async def idle() -> None:
    """Do nothing."""


async def empty(scheduler: Scheduler) -> None:
    """Wait until nothing stays behind: no flight, no reserved place, no batch."""
    async with asyncio.timeout(WAIT_S):
        while scheduler.queue.size or scheduler.flights or scheduler.batches:
            await asyncio.sleep(0.001)
    assert scheduler.lost is None


@settings(max_examples=examples(60))
@given(STEPS)
def test_every_call_ends_rightly_and_nothing_stays_behind(steps: list[Ask | str]) -> None:
    """Every request ends with a result, an error or cancelled, and leaves no trace."""
    asyncio.run(play(steps))
