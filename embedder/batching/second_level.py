"""Ask a second cache for the texts that the first one lacks, before they go to the encoder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Protocol

from embedder.batching.cache import CachedText, holds
from embedder.batching.flight import Flight
from embedder.batching.scheduler import Scheduler


class SecondLevel(Protocol):
    """A cache outside of this process, on its users' event loop. Only `forget` raises."""

    def look_up(
        self, keys: Sequence[bytes], found: Callable[[Sequence[CachedText | None]], None]
    ) -> None:
        """Call `found` once, within a bound, with the text of each key or None."""
        ...

    def store(self, key: bytes, text: CachedText) -> None:
        """Keep a text, and do not wait until that is done."""
        ...

    async def forget(self, keys: Collection[bytes] | None) -> None:
        """Drop these texts, all for None. Raises Unavailable where that was not confirmed."""
        ...


class SecondLevelStep:
    """Stands between the engine and the scheduler: flights answered here cost no forward.

    A flight stays open to others while it is looked up, and does not depend on its first caller.
    """

    def __init__(self, cache: SecondLevel, scheduler: Scheduler) -> None:
        self._cache = cache
        self._scheduler = scheduler
        scheduler.on_encoded = self._on_encoded

    def submit(self, flights: Sequence[Flight]) -> None:
        """Look opened flights up, and give to the scheduler what was not there."""
        keys = [flight.key for flight in flights]
        found = partial(self._scheduler.guard, self._on_found, flights)
        self._cache.look_up(keys, found)

    def _on_found(self, flights: Sequence[Flight], texts: Sequence[CachedText | None]) -> None:
        missing = []
        for flight, text in zip(flights, texts, strict=True):
            if text is not None and holds(text, flight.views):
                self._scheduler.answer(flight, text)
                continue
            # Its views are merged with those to come, here and there.
            if text is not None and not flight.bulk:
                self._scheduler.cache.store(flight.key, text)
            missing.append(flight)
        if missing:
            self._scheduler.submit(missing)

    def _on_encoded(self, key: bytes, text: CachedText) -> None:
        self._cache.store(key, self._scheduler.cache.lookup(key) or text)
