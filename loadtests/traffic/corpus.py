"""Make seeded reply texts with given lengths and repeats: for speed, not for accuracy."""

import itertools
import math
import random
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_TOKENS_PER_WORD = 1.2  # of the phrases below, as the default encoder's tokenizer splits them

_OPENINGS = (
    "we looked at this", "the plan here is", "our side of it", "for the north site",
    "my understanding is", "between you and me", "the warehouse people say",
    "from what finance sees", "after the audit", "since the merger", "in our last review",
    "the board was told",
)  # fmt: skip
_SUBJECTS = (
    "the rollout", "our current tool", "the pricing sheet", "this quarter's forecast", "the pilot",
    "the integration", "your comparison", "the training schedule", "the shipping lane", "that demo",
    "the renewal", "our ticket backlog", "the data export", "the second vendor", "the proposal",
)  # fmt: skip
_VERBS = (
    "depends on", "would need", "already covers", "keeps slipping behind", "was measured against",
    "looks better than", "costs more than", "was compared with", "could replace", "sits next to",
    "gets reviewed after", "overlaps with", "was planned around", "runs into",
    "feeds straight into",
)  # fmt: skip
_OBJECTS = (
    "the March numbers", "two more signatures", "what legal agreed", "the older contract",
    "a smaller team", "the regional budget", "what the crew asked for", "the night shift",
    "a proper test", "the security questionnaire", "the new site", "three open questions",
    "the figures you sent", "a longer trial", "our own dashboard",
)  # fmt: skip


# Replies so short that people write the very same words: they repeat without being copies.
STOCK = (
    "Not interested.", "No thanks.", "Thanks, but no.", "Sounds good.", "Yes please.",
    "Please send more information.", "Please remove me from your list.", "We are all set.",
    "Who is this?", "Can you call me tomorrow?", "What does it cost?", "Not at this time.",
    "Try again next quarter.", "We already have a vendor.", "I will pass this on.", "No budget.",
    "Let's talk next week.", "Wrong person, sorry.", "Please stop writing.", "Tell me more.",
    "Happy to chat.", "Maybe later.", "We do this in house.", "How did you get my address?",
)  # fmt: skip

Source = Literal["fresh", "duplicate", "stock", "redelivered"]


@dataclass(frozen=True)
class Lengths:
    """Tokens of a text, log-normal between 3 words and `most`."""

    median: float = 40
    p95: float = 180
    most: float = 250

    def draw(self, draw: random.Random) -> int:
        """Return a random length, in words."""
        sigma = math.log(self.p95 / self.median) / 1.645
        tokens = min(self.most, self.median * math.exp(sigma * draw.gauss(0, 1)))
        return max(3, round(tokens / _TOKENS_PER_WORD))


def reply_texts(count: int, seed: int) -> list[str]:
    """Return `count` distinct texts of the usual lengths."""
    return list(itertools.islice(distinct_texts(seed), count))


def distinct_texts(seed: int, lengths: Lengths | None = None) -> Iterator[str]:
    """Yield texts without end, no two alike."""
    draw, lengths = random.Random(seed), lengths or Lengths()
    seen: set[str] = set(STOCK)
    while True:
        text = _text(draw, lengths.draw(draw))
        if text not in seen:
            seen.add(text)
            yield text


@dataclass(frozen=True)
class Repeats:
    """Why texts come again, each cause as its share of all texts; the rest was never sent before.

    `duplicates` are drawn from a key space of `keys` texts by Zipf's law with exponent `skew`;
    `stock` are short stock replies; `redelivered` is one of the last `recent` texts once more.
    """

    duplicates: float = 0.18
    stock: float = 0.10
    redelivered: float = 0.02
    keys: int = 2000
    skew: float = 1.0
    recent: int = 200

    @classmethod
    def with_hit_ratio(cls, ratio: float, keys: int = 2000, skew: float = 1.0) -> "Repeats":
        """Scale the default shares so that a warm cache that keeps all texts hits `ratio`."""
        usual = cls()
        scale = ratio / usual.hit_ratio
        return cls(
            usual.duplicates * scale, usual.stock * scale, usual.redelivered * scale, keys, skew
        )

    @property
    def hit_ratio(self) -> float:
        """Share of texts that a cache holding the key space, stock and recent texts would hit."""
        return self.duplicates + self.stock + self.redelivered


@dataclass(frozen=True)
class Text:
    """One text of the stream and why it is there."""

    words: str
    source: Source


class TextStream(Iterator[Text]):
    """The texts of a day's replies, without end; the same for the same seed."""

    def __init__(self, repeats: Repeats, seed: int, lengths: Lengths | None = None) -> None:
        self._repeats = repeats
        self._draw = random.Random(seed)
        self._distinct = distinct_texts(seed, lengths)
        self._keys = list(itertools.islice(self._distinct, repeats.keys))
        self._ranks = zipf_cumulative(repeats.keys, repeats.skew)
        self._stock_ranks = zipf_cumulative(len(STOCK), 1.0)
        self._recent: deque[str] = deque(maxlen=repeats.recent)

    def warm_up(self) -> list[str]:
        """Return every text that a warm cache holds once: the key space and the stock replies."""
        return [*STOCK, *self._keys]

    def __next__(self) -> Text:
        """Return the next text."""
        words, source = self._next()
        self._recent.append(words)
        return Text(words, source)

    def _next(self) -> tuple[str, Source]:
        share, repeats = self._draw.random(), self._repeats
        if share < repeats.duplicates:
            return self._pick(self._keys, self._ranks), "duplicate"
        share -= repeats.duplicates
        if share < repeats.stock:
            return self._pick(STOCK, self._stock_ranks), "stock"
        share -= repeats.stock
        if share < repeats.redelivered and self._recent:
            return self._draw.choice(self._recent), "redelivered"
        return next(self._distinct), "fresh"

    def _pick(self, texts: "list[str] | tuple[str, ...]", cumulative: list[float]) -> str:
        return texts[bisect_left(cumulative, self._draw.random() * cumulative[-1])]


def zipf_cumulative(count: int, skew: float) -> list[float]:
    """Return cumulative weights of ranks 1 to `count` by Zipf's law: rank r weighs r ** -skew."""
    return list(itertools.accumulate(rank**-skew for rank in range(1, count + 1)))


def _text(draw: random.Random, words: int) -> str:
    """Make a text of exactly `words` words, in sentences of two clauses."""
    out: list[str] = []
    for clause in _clauses(draw):
        out.extend(clause.split())
        if len(out) >= words:
            break
    text = " ".join(out[:words]).rstrip(",.")
    return text[0].upper() + text[1:] + "."


def _clauses(draw: random.Random) -> Iterator[str]:
    while True:
        number = draw.randrange(2, 9_999)
        first = f"{draw.choice(_OPENINGS)} {draw.choice(_SUBJECTS)} {draw.choice(_VERBS)}"
        yield f"{first} {draw.choice(_OBJECTS)} {number},"
        yield f"and {draw.choice(_SUBJECTS)} {draw.choice(_VERBS)} {draw.choice(_OBJECTS)}."
