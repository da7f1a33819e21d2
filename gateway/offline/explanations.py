"""Measures whether explanations find the sentence that carries a label and agree with Shapley.

A mosaic is four short replies of different labels, joined; the question is which of them carries a
label. The reference are exact Shapley values of the log-odds, by the value of every set of them.
"""

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np

from gateway.explain.asking import Answers, AskedHead
from gateway.explain.game import Kept, asked_sets, shares
from gateway.explain.segments import Span, kept_text, segments
from gateway.explain.values import Words
from gateway.explain.words import linear_words
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.encoders import Encoder
from gateway.inference.plan import EncoderViews
from gateway.mail.message.normalise import for_model
from gateway.offline.embedder import InProcessEmbedder
from heads.pools.local import LocalPool
from heads.registry.registry import Registry

SIZE = 4
METHODS = ("closed form", "without", "alone", "mean of both", "exact Shapley", "random")
_LONGEST = 160  # characters of a reply in a mosaic
_TIMEOUT_S = 600.0
_EVERY: tuple[Kept, ...] = tuple(
    frozenset(chosen) for count in range(SIZE, 0, -1) for chosen in combinations(range(SIZE), count)
)
_WHOLE = _EVERY[0]
Values = Mapping[Kept, float]


@dataclass(frozen=True)
class Mosaic:
    """Four replies as one text, the span of each, and their labels, all different."""

    text: str
    spans: tuple[Span, ...]
    labels: tuple[str, ...]


@dataclass
class Method:
    """What one method was worth: hits among questions, shares beside Shapley's, cost."""

    forwards: int
    hits: list[bool] = field(default_factory=list)
    pairs: list[tuple[float, float]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Return the hit rate, the correlation with Shapley, forwards and milliseconds."""
        ours, theirs = np.array(self.pairs).T
        return {
            "hit_rate": float(np.mean(self.hits)),
            "correlation": float(np.corrcoef(ours, theirs)[0, 1]),
            "forwards": self.forwards,
            "ms": float(np.median(self.seconds)) * 1000 if self.seconds else 0.0,
        }


class NoMosaicsError(Exception):
    """The rows hold too few short replies of different labels."""


@contextmanager
def opened(catalog: Path | str, name: str) -> Iterator[AskedHead]:
    """Yield a head in production over an encoder in this process. Raises KeyError for no such."""
    embedder = InProcessEmbedder()
    facts = embedder.info()
    encoder = Encoder(facts.encoder, embedder, EncoderViews(facts.layers, facts.poolings))
    pool = LocalPool(Registry(catalog))
    try:
        head_set = pool.head_set()
        request = RequestMetadata(within(_TIMEOUT_S))
        yield AskedHead(pool, head_set, head_set.heads[name], encoder, request, _TIMEOUT_S)
    finally:
        pool.close()


def mosaics(rows: Iterable[Mapping[str, Any]], head: str, count: int, seed: int) -> list[Mosaic]:
    """Draw mosaics of short replies that are a sentence each, in a random order."""
    rng = random.Random(seed)  # noqa: S311 - a draw that can be repeated
    by_label: dict[str, list[str]] = {}
    for row in rows:
        text, label = str(row.get("text", "")).strip(), _label(row.get(head))
        if label and len(text) <= _LONGEST and segments(text, 2) == ((0, len(text)),):
            by_label.setdefault(label, []).append(text)
    if len(by_label) < SIZE:
        raise NoMosaicsError(
            f"{head}: {len(by_label)} labels have short replies, {SIZE} are needed"
        )
    drawn: list[Mosaic] = []
    for _ in range(20 * count):
        labels = tuple(rng.sample(sorted(by_label), SIZE))
        made = _mosaic([rng.choice(by_label[label]) for label in labels], labels)
        if segments(made.text) == made.spans:
            drawn.append(made)
        if len(drawn) == count:
            break
    return drawn


def evaluate(head: AskedHead, drawn: Sequence[Mosaic], seed: int) -> dict[str, dict[str, float]]:
    """Return the figures of every method, by its name."""
    rng = random.Random(seed)  # noqa: S311 - a draw that can be repeated
    counts = (1, SIZE + 1, SIZE + 1, 2 * SIZE + 1, 2**SIZE, 0)
    methods = {name: Method(count) for name, count in zip(METHODS, counts, strict=True)}
    for mosaic in drawn:
        answers, seconds = _timed(head, mosaic, _EVERY)
        methods["exact Shapley"].seconds.append(seconds)
        for name, sets in _sets_of().items():
            methods[name].seconds.append(_timed(head, mosaic, sets)[1])
        for place, label in enumerate(mosaic.labels):
            found = _found(head, mosaic, label, answers, rng, methods["closed form"])
            for name, by_segment in found.items():
                methods[name].hits.append(int(np.argmax(by_segment)) == place)
                methods[name].pairs += zip(by_segment, found["exact Shapley"], strict=True)
    return {name: method.figures() for name, method in methods.items()}


def exact_shapley(values: Values, count: int) -> tuple[float, ...]:
    """Return every segment's Shapley value, from the values of all sets, the empty one too."""
    return tuple(_shapley(values, count, index) for index in range(count))


def table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """Return the figures as text for a terminal."""
    lines = [f"{'method':14} {'hit rate':>9} {'correlation':>12} {'forwards':>9} {'ms':>8}"]
    lines += [
        f"{name:14} {row['hit_rate']:9.3f} {row['correlation']:12.3f} {row['forwards']:9.0f} "
        f"{row['ms']:8.1f}"
        for name, row in figures.items()
    ]
    return "\n".join(lines)


def _found(
    head: AskedHead,
    mosaic: Mosaic,
    label: str,
    answers: Answers,
    rng: random.Random,
    closed_form: Method,
) -> dict[str, Sequence[float]]:
    """Return what each method gives to the segments, for one label."""
    values = {kept: answers.log_odds(row, label) for row, kept in enumerate(_EVERY)}
    values[frozenset()] = answers.log_odds(len(_EVERY), label)
    started = time.perf_counter()
    words = linear_words(head, mosaic.text, for_model(mosaic.text)[0], label)
    closed_form.seconds.append(time.perf_counter() - started)
    one = [frozenset({index}) for index in range(SIZE)]
    return {
        "closed form": _by_segment(words, mosaic.spans),
        "without": [values[_WHOLE] - values[_WHOLE - kept] for kept in one],
        "alone": [values[kept] - values[frozenset()] for kept in one],
        "mean of both": shares(values, SIZE),
        "exact Shapley": exact_shapley(values, SIZE),
        "random": [rng.random() for _ in range(SIZE)],
    }


def _sets_of() -> dict[str, tuple[Kept, ...]]:
    one = [frozenset({index}) for index in range(SIZE)]
    return {
        "without": (_WHOLE, *(_WHOLE - kept for kept in one)),
        "alone": (_WHOLE, *one),
        "mean of both": asked_sets(SIZE),
    }


def _timed(head: AskedHead, mosaic: Mosaic, sets: Sequence[Kept]) -> tuple[Answers, float]:
    started = time.perf_counter()
    answers = head.answers([kept_text(mosaic.text, mosaic.spans, kept) for kept in sets])
    return answers, time.perf_counter() - started


def _by_segment(words: Words, spans: Sequence[Span]) -> list[float]:
    return [
        sum(part.share for part in words.words if start <= part.span[0] < end)
        for start, end in spans
    ]


def _shapley(values: Values, count: int, index: int) -> float:
    others = [other for other in range(count) if other != index]
    total = 0.0
    for size in range(count):
        weight = factorial(size) * factorial(count - size - 1) / factorial(count)
        for chosen in map(frozenset, combinations(others, size)):
            total += weight * (values[chosen | {index}] - values[chosen])
    return total


def _mosaic(texts: Sequence[str], labels: tuple[str, ...]) -> Mosaic:
    spans: list[Span] = []
    start = 0
    for text in texts:
        spans.append((start, start + len(text)))
        start += len(text) + 1
    return Mosaic("\n".join(texts), tuple(spans), labels)


def _label(value: Any) -> str:
    """Return a row's label as heads call it; "" for none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else ""
