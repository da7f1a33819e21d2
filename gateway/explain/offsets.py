"""Where the words that an encoder read stand in the cleaned text, and that in what was sent."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from gateway.explain.segments import Span
from gateway.mail.message.normalise import for_model

_WORD = re.compile(r"\S+")


class ModelOffsets:
    """Maps spans of the model's text to the text that it was made of.

    To the character in words that stand there as they are; to the whole word where the model reads
    other letters; to all of the text where its words cannot be told apart.
    """

    def __init__(self, model_text: str, text: str) -> None:
        self._whole = (0, len(text))
        self._words = [match.span() for match in _WORD.finditer(model_text)]
        self._starts = [start for start, _ in self._words]
        self._targets = _aligned(model_text, text)
        self._same = [
            model_text[slice(*word)] == text[slice(*target)]
            for word, target in zip(self._words, self._targets or self._words, strict=True)
        ]

    def locate(self, span: Span) -> Span:
        """Return the span's place in the text."""
        start, end = span
        if self._targets is None or not self._words:
            return self._whole
        first = max(bisect_right(self._starts, start) - 1, 0)
        last = max(bisect_right(self._starts, max(end - 1, start)) - 1, 0)
        return self._edge(first, start, 0), self._edge(last, end, 1)

    def _edge(self, word: int, place: int, side: int) -> int:
        """Return where a place in a word, or in the blank behind it, is; else the word's edge."""
        assert self._targets is not None  # noqa: S101 - the caller has looked
        start, end = self._words[word]
        if self._same[word]:
            return self._targets[word][0] + min(place, end) - start
        return self._targets[word][side]


def _aligned(model_text: str, text: str) -> list[Span] | None:
    """Return, for each word of the model's text, the words it was made of; None where unclear."""
    sources = [match.span() for match in _WORD.finditer(text)]
    folded = [for_model(text[slice(*source)])[0].replace(" ", "") for source in sources]
    targets: list[Span] = []
    place = 0
    for match in _WORD.finditer(model_text):
        wanted, made, first = match.group(), "", place
        while place < len(sources) and len(made) < len(wanted):
            made += folded[place]
            place += 1
        if made != wanted:
            return None
        targets.append((sources[first][0], sources[place - 1][1]))
    return targets


@dataclass(frozen=True, slots=True)
class SentOffsets:
    """Maps spans of the cleaned text to what was sent, line by line.

    `lines` holds the place of each line of the cleaned text in it, and in what was sent.
    """

    lines: tuple[tuple[Span, int], ...]

    @classmethod
    def find(cls, cleaned: str, sent: str) -> SentOffsets | None:
        """Find every line in what was sent, in order; None where one is not there as it is."""
        lines, start, place = [], 0, 0
        for line in cleaned.split("\n"):
            found = sent.find(line, place)
            if found < 0:
                return None
            lines.append(((start, start + len(line)), found))
            start, place = start + len(line) + 1, found + len(line)
        return cls(tuple(lines))

    def locate(self, span: Span) -> Span:
        """Return the span's place in what was sent; it may hold what was cut between its lines."""
        start, end = span
        return self._place(start), max(self._place(max(end - 1, start)) + (end > start), 0)

    def _place(self, at: int) -> int:
        (begins, ends), found = self.lines[
            max(bisect_right([line[0][0] for line in self.lines], at) - 1, 0)
        ]
        return found + min(at, ends) - begins
