"""Arrivals of the load tests' traffic without its words: when, which text, how many tokens."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from loadtests.traffic.corpus import STOCK, Lengths, Repeats, zipf_cumulative

_TOKENS_PER_WORD = 1.2
_STOCK_TOKENS = 7


@dataclass(frozen=True, slots=True)
class Arrival:
    """One text: when it comes, in seconds, which one it is, and its length in tokens."""

    at_s: float
    key: int
    tokens: int


class Trace(Iterator[Arrival]):
    """Texts drawn as `TextStream` draws them, arriving at random (Poisson) at `rate` a second."""

    def __init__(
        self, repeats: Repeats, rate: float, seed: int, lengths: Lengths | None = None
    ) -> None:
        self._repeats = repeats
        self._rate = rate
        self._draw = random.Random(seed)
        self._lengths = lengths or Lengths()
        self._ranks = zipf_cumulative(repeats.keys, repeats.skew)
        self._stock_ranks = zipf_cumulative(len(STOCK), 1.0)
        self._tokens = [self._length() for _ in range(repeats.keys)]
        self._recent: deque[tuple[int, int]] = deque(maxlen=repeats.recent)
        self._now_s = 0.0
        self._fresh = repeats.keys + len(STOCK)

    def __next__(self) -> Arrival:
        """Return the next arrival."""
        self._now_s += self._draw.expovariate(self._rate)
        key, tokens = self._next()
        self._recent.append((key, tokens))
        return Arrival(self._now_s, key, tokens)

    def _next(self) -> tuple[int, int]:
        share, repeats = self._draw.random(), self._repeats
        if share < repeats.duplicates:
            rank = self._rank(self._ranks)
            return rank, self._tokens[rank]
        share -= repeats.duplicates
        if share < repeats.stock:
            return repeats.keys + self._rank(self._stock_ranks), _STOCK_TOKENS
        share -= repeats.stock
        if share < repeats.redelivered and self._recent:
            return self._draw.choice(self._recent)
        self._fresh += 1
        return self._fresh, self._length()

    def _rank(self, cumulative: list[float]) -> int:
        return bisect_left(cumulative, self._draw.random() * cumulative[-1])

    def _length(self) -> int:
        return 2 + round(self._lengths.draw(self._draw) * _TOKENS_PER_WORD)
