"""Answer calls of many texts: from the cache, from flights under way, or by new flights."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embedder.api import CachePath, Direction, ItemError
from embedder.batching.cache import CachedText, cache_key, holds
from embedder.batching.flight import Answer, Call, Flight, Waiter
from embedder.batching.scheduler import INLINE_CHARS, PROBE_TEXT, Scheduler
from embedder.batching.second_level import SecondLevel, SecondLevelStep
from embedder.batching.tokenize import TOKENIZE_FAILED, Tokenizing
from embedder.errors import DeadlineExceeded, InvalidInput, Overloaded, Unavailable
from embedder.metrics import Metrics
from embedder.tokenizer import Tokens


@dataclass(frozen=True, slots=True)
class Prompt:
    """One text to embed, with its second segment (may be empty); `refusal` set: never encoded."""

    text: str
    context: str = ""
    refusal: ItemError | None = None


@dataclass(frozen=True, slots=True)
class _Wait:
    """A text that the cache cannot answer: `missing` views, beside what is `held`."""

    index: int
    key: bytes
    held: CachedText | None
    missing: Sequence[str]


class Engine:
    """Answers calls. All of it runs on one event loop's thread.

    Every call of `embed` ends: with an answer for each text, or by an `EmbedderError`, or by the
    cancellation of its task; it then waits nowhere, and leaves what others wait for alone.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        tokenizer: Tokenizing,
        metrics: Metrics,
        second_level: SecondLevel | None = None,
    ) -> None:
        self.scheduler = scheduler
        self._second_level = second_level
        step = None if second_level is None else SecondLevelStep(second_level, scheduler)
        self._submit = scheduler.submit if step is None else step.submit
        self._tokenizer = tokenizer
        self._metrics = metrics
        self._cache = scheduler.cache
        self._fingerprint = scheduler.encoder.identity.fingerprint
        # The last layer, so that a probe that succeeds has run the whole encoder.
        self._probe_view = f"mean@{scheduler.encoder.layers}"
        self._loop = asyncio.get_running_loop()

    async def embed(
        self,
        prompts: Sequence[Prompt],
        views: Sequence[str],
        deadline: float,
        *,
        bulk: bool = False,
    ) -> Call:
        """Answer each prompt; `deadline` is on the monotonic clock. `bulk`: after all others.

        Raises Overloaded when the queue cannot take what is neither cached nor under way,
        DeadlineExceeded, or Unavailable when the encoder is lost.
        """
        call = Call(len(prompts), deadline)
        chars = sum(len(prompt.text) + len(prompt.context) for prompt in prompts)
        if chars <= INLINE_CHARS:
            keys = self._keys(prompts)
        else:
            keys = await self._keys_aside(prompts, deadline)
        if self.scheduler.lost:
            raise Unavailable("the encoder is lost", code="encoder_lost")
        opened = self._look_up(call, prompts, keys, views, bulk)
        if opened:
            self._submit(opened)
        return await self._result(call)

    async def attribute(
        self, prompt: Prompt, directions: Sequence[Direction], deadline: float
    ) -> tuple[Call, NDArray[np.int32]]:
        """Attribute one text after all others; return the call and its tokens' spans.

        The one answer holds the parts of `Shares`. Raises as `embed` does, and InvalidInput for a
        text that cannot be tokenized.
        """
        work = self._loop.run_in_executor(self.scheduler.tokenizers, self._trace, prompt)
        try:
            async with asyncio.timeout_at(deadline):
                tokens, spans = await work
        except TimeoutError:
            raise DeadlineExceeded("the deadline passed before the text was read") from None
        if self.scheduler.lost:
            raise Unavailable("the encoder is lost", code="encoder_lost")
        self._reserve(1, bulk=True)
        call = Call(1, deadline)
        flight = Flight(b"", prompt.text, prompt.context, bulk=True, directions=directions)
        flight.join(call, 0, (), None, "miss")
        self.scheduler.submit_unshared(flight, tokens, reserved=True)
        return await self._result(call), spans

    def _trace(self, prompt: Prompt) -> tuple[Tokens, NDArray[np.int32]]:
        try:
            return self._tokenizer.trace(prompt.text, prompt.context)
        except Exception:
            raise InvalidInput(TOKENIZE_FAILED.message, code=TOKENIZE_FAILED.code) from None

    async def forget(self, keys: Sequence[bytes] | None) -> int:
        """Drop texts from both caches, all for None; return how many were in this process's.

        Raises Unavailable where the second one did not confirm it; the first has forgotten then.
        """
        dropped = self._drop(keys)
        if self._second_level is not None:
            await self._second_level.forget(keys)
            self._drop(keys)  # what was read from there until then
        return dropped

    async def probe(self, timeout_s: float) -> None:
        """Run one known text through queue and encoder.

        Raises an `EmbedderError` when it fails or does not come back in time.
        """
        call = Call(1, time.monotonic() + timeout_s)
        flight = Flight(b"", PROBE_TEXT, "")
        flight.join(call, 0, (self._probe_view,), None, "miss")
        self.scheduler.submit_unshared(flight, None, reserved=False)
        await self._result(call)
        answer = call.answers[0]
        if answer is None or answer.error is not None:
            raise Unavailable("the probe failed", code="encoder_failed")

    def _drop(self, keys: Sequence[bytes] | None) -> int:
        return self._cache.clear() if keys is None else self._cache.discard(keys)

    async def _keys_aside(
        self, prompts: Sequence[Prompt], deadline: float
    ) -> list[bytes | ItemError]:
        """Do as `_keys` on a tokenizer thread, where other calls may be waiting before this one."""
        work = self._loop.run_in_executor(self.scheduler.tokenizers, self._keys, prompts)
        try:
            async with asyncio.timeout_at(deadline):
                return await work
        except TimeoutError:
            raise DeadlineExceeded("the deadline passed before the text was read") from None

    def _keys(self, prompts: Sequence[Prompt]) -> list[bytes | ItemError]:
        return [prompt.refusal or self._key(prompt) for prompt in prompts]

    def _key(self, prompt: Prompt) -> bytes | ItemError:
        try:
            canonical = self._tokenizer.canonical(prompt.text, prompt.context)
        except Exception:
            return TOKENIZE_FAILED
        return cache_key(self._fingerprint, canonical)

    def _look_up(
        self,
        call: Call,
        prompts: Sequence[Prompt],
        keys: Sequence[bytes | ItemError],
        views: Sequence[str],
        bulk: bool,
    ) -> list[Flight]:
        """Answer hits, join flights under way, open the others; all of it, or raise Overloaded."""
        hits: list[tuple[int, CachedText]] = []
        waits: list[_Wait] = []
        for index, key in enumerate(keys):
            if isinstance(key, ItemError):
                self._metrics.item_errors[key.code].inc()
                call.answer(index, Answer(None, "miss", key))
                continue
            call.keys[index] = key
            entry = self._cache.lookup(key)
            if entry is not None and holds(entry, views):
                hits.append((index, entry))
            else:
                missing = views
                if entry is not None:
                    missing = [view for view in views if view not in entry.vectors]
                waits.append(_Wait(index, key, entry, missing))
        self._admit(waits, bulk)
        self._cache.hits += len(hits)
        for index, entry in hits:
            call.answer(index, Answer(entry, "hit"))
        return self._join(call, prompts, waits, bulk)

    def _admit(self, waits: Sequence[_Wait], bulk: bool) -> None:
        """Reserve queue places for the flights that must be opened. Raises Overloaded."""
        find = self.scheduler.find
        fresh = len({wait.key for wait in waits if find(wait.key, wait.missing) is None})
        if fresh:
            self._reserve(fresh, bulk)

    def _reserve(self, fresh: int, bulk: bool) -> None:
        queue = self.scheduler.queue
        if not queue.reserve(fresh, bulk=bulk):
            self._metrics.dropped["overloaded"].inc(fresh)
            wait_s = self.scheduler.drain_rate.wait_s(queue.size)
            raise Overloaded("the queue is full", retry_after_s=wait_s)

    def _join(
        self, call: Call, prompts: Sequence[Prompt], waits: Sequence[_Wait], bulk: bool
    ) -> list[Flight]:
        opened = []
        for wait in waits:
            path: CachePath = "coalesced"
            flight = self.scheduler.find(wait.key, wait.missing)
            if flight is None:
                path = "miss"
                prompt = prompts[wait.index]
                flight = self.scheduler.open(wait.key, prompt.text, prompt.context, bulk=bulk)
                opened.append(flight)
            flight.bulk &= bulk
            flight.join(call, wait.index, wait.missing, wait.held, path)
        self._cache.coalesced += len(waits) - len(opened)
        return opened

    async def _result(self, call: Call) -> Call:
        if not call.over:
            await self._over(call)
        if call.error is not None:
            raise call.error
        return call

    async def _over(self, call: Call) -> None:
        """Wait until the call is over, then take its waiters out of all flights."""
        over: asyncio.Future[None] = self._loop.create_future()

        def end() -> None:
            if not over.done():
                over.set_result(None)

        call.on_over = end
        expired = DeadlineExceeded("the deadline passed before the answer was there")
        timer = self._loop.call_at(call.deadline, call.fail, expired)
        try:
            await over
        finally:
            timer.cancel()
            reason = "expired" if call.error is expired else "cancelled"
            for waiter in call.waiters:
                self._leave(waiter, reason)
            call.waiters.clear()  # a cycle: without this, only the garbage collector frees a call

    def _leave(self, waiter: Waiter, reason: str) -> None:
        if waiter.flight.leave(waiter):
            self.scheduler.cancel(waiter.flight, reason)
