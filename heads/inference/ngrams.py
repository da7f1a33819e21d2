"""Finds where the n-grams that `lexical` counts stand in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.inference import lexical
from heads.inference.lexical import LexicalConfig

Spans = NDArray[np.int64]
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Every n-gram of a text, wherever it stands.

    `kinds` (n,) numbers the distinct ones in the order of `lexical.features`; `spans` (n, 2) are
    characters of the text: the first and the one past the last.
    """

    kinds: NDArray[np.int64]
    spans: Spans


def occurrences(text: str, config: LexicalConfig) -> Occurrences:
    """Find the n-grams of a text. Pure."""
    text = text[: lexical.MAX_CHARS]
    hashes = lexical.hashes(text, config)
    spans = np.concatenate([np.zeros((0, 2), np.int64), *_spans(text, config)])
    _, kinds = np.unique(hashes, return_inverse=True)
    return Occurrences(kinds, spans)


def _spans(text: str, config: LexicalConfig) -> list[Spans]:
    """Return the spans of runs in the order of `lexical.hashes`."""
    lowered = text.lower() if config.lowercase else text
    origin = _origin(text, lowered)
    spans: list[Spans] = []
    if config.word_ngrams:
        tokens = [match.span() for match in lexical.TOKEN.finditer(lowered)]
        spans += _runs(origin[_pairs(tokens)], config.word_ngrams)
    words = [match.span() for match in _WORD.finditer(lowered)]
    if config.char_ngrams and words:
        spans += _runs(origin[_flat(words)], config.char_ngrams)
    return spans


def _flat(words: list[tuple[int, int]]) -> Spans:
    """Return the span of each character of the words with one blank around and between them."""
    pairs = [(words[0][0],) * 2]
    for index, (start, end) in enumerate(words):
        pairs += [(place, place + 1) for place in range(start, end)]
        after = words[index + 1][0] if index + 1 < len(words) else end
        pairs.append((end, after))
    return _pairs(pairs)


def _pairs(pairs: list[tuple[int, int]]) -> Spans:
    return np.array(pairs, np.int64).reshape(-1, 2)


def _runs(spans: Spans, lengths: tuple[int, ...]) -> list[Spans]:
    shortest, longest = lengths
    return [
        np.stack([spans[: len(spans) - length + 1, 0], spans[length - 1 :, 1]], axis=1)
        for length in range(shortest, longest + 1)
        if length <= len(spans)
    ]


def _origin(text: str, lowered: str) -> NDArray[np.int64]:
    """Return the place in `text` of each one in `lowered`, its end included."""
    if len(lowered) == len(text):
        return np.arange(len(text) + 1)
    sizes = [len(char.lower()) for char in text]  # a few letters have two in small
    return np.append(np.repeat(np.arange(len(text)), sizes), len(text))[: len(lowered) + 1]
