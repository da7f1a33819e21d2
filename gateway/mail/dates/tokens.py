"""A text as words, numbers and marks, looked up in one language's words for time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import NamedTuple

from gateway.mail.languages.dates import MONTHS, TOMORROW, WEEKDAYS
from gateway.mail.languages.periods import ENGLISH, IN, RANGE_OPENERS, Words

_TOKEN = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{1,2}[./]\d{1,2}(?:[./](?:\d{4}|\d{2})(?!\d)|\.)?(?!\d)"
    r"|\d{1,6}|[^\W\d_]+|[^\w\s]"
)
_MONTH_COMPOUND = re.compile(
    r"(januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)"
    r"(hälfte|woche)",
    re.IGNORECASE,
)
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_SHORT_MONTHS = frozenset(
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|mei|maj|okt|dez|giu".split("|")  # noqa: SIM905
)
_PERIODS = ("q", "t", "h", "s", "fy", "first", "half", "'")

Phrases = dict[str, list[tuple[tuple[str, ...], str]]]


class Token(NamedTuple):  # a frozen dataclass takes four times as long to make
    """One word, number or mark: its small letters and its place in the text."""

    word: str
    start: int
    end: int
    capital: bool


def tokens_of(text: str) -> list[Token]:
    """Cut `text` into words, numbers and marks."""
    tokens = [
        Token(m.group().lower(), m.start(), m.end(), m.group()[0].isupper())
        for m in _TOKEN.finditer(text)
    ]
    if _MONTH_COMPOUND.search(text) is None:
        return tokens
    return [part for token in tokens for part in _parted(token)]


def _parted(token: Token) -> tuple[Token, ...]:
    """Read "Aprilhälfte", "Maiwoche" as "Hälfte April", "Woche Mai"; both stand at one place."""
    match = _MONTH_COMPOUND.fullmatch(token.word)
    if match is None:
        return (token,)
    return token._replace(word=match.group(2)), token._replace(word=match.group(1))


def phrases_of(table: Mapping[str, str]) -> Phrases:
    """Return the entries of `table` by their first word, longer ones first."""
    grouped: Phrases = {}
    for phrase, value in table.items():
        words = tuple(_PIECE.findall(phrase))
        grouped.setdefault(words[0], []).append((words, value))
    for entries in grouped.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return grouped


class Vocabulary:
    """One language's words for time, with its phrases found by their first word."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.day_first = words is not ENGLISH  # Americans write the month first
        self.prepositions = phrases_of(words.prepositions)
        self.parts = phrases_of(words.parts)
        self.events = phrases_of(words.events)
        self.units = phrases_of(words.units)
        self.numbers = phrases_of({name: str(number) for name, number in words.numbers.items()})
        self.earliest = phrases_of(dict.fromkeys(words.earliest, "open"))
        phrases = (self.prepositions, self.parts, self.events, self.units, self.numbers)
        self.openers = frozenset(
            chain(
                *phrases, MONTHS, WEEKDAYS, TOMORROW, RANGE_OPENERS, _PERIODS, words.upcoming,
                words.current, words.skipped, words.seasons, words.week, words.ordinals,
                words.compounds,
            )
        )  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """Tokens to read from, the language to read them in, and the day they were written."""

    tokens: list[Token]
    vocabulary: Vocabulary
    sent: date | None

    def word(self, place: int) -> str:
        """Return the small letters of token `place`, "" beyond the ends."""
        return self.tokens[place].word if 0 <= place < len(self.tokens) else ""

    def phrase(self, phrases: Phrases, place: int) -> tuple[str, int] | None:
        """Return what the longest of `phrases` at `place` stands for, and where it ends."""
        for words, value in phrases.get(self.word(place), ()):
            if all(self.word(place + i) == word for i, word in enumerate(words)):
                return value, place + len(words)
        return None

    def may_open(self, place: int) -> bool:
        """Whether a time can begin with token `place`; quick, most words are none of its."""
        word = self.word(place)
        return word in self.vocabulary.openers or word[:1].isdecimal()

    def prepositions(self, place: int) -> tuple[str | None, int]:
        """Return what the prepositions from `place` on mean together, and where they end."""
        sense: str | None = None
        for _ in range(3):
            phrase = self.phrase(self.vocabulary.prepositions, place)
            part = self.phrase(self.vocabulary.parts, place)
            if phrase is None or (part is not None and part[1] > phrase[1]):
                break
            if sense is None or phrase[0] != IN:
                sense = phrase[0]
            place = phrase[1]
        return sense, place

    def unit(self, place: int) -> tuple[str, int] | None:
        """Return the unit of time at `place`, and its end.

        "d" day, "b" working day, "w" week, "f" fortnight, "m", "q", "h", "y"; "x" is none of use.
        """
        return self.phrase(self.vocabulary.units, place)

    def skip(self, place: int, but: frozenset[str] = frozenset()) -> int:
        """Return the place behind up to three articles and their like."""
        for _ in range(3):
            if self.word(place) in self.vocabulary.words.skipped and self.word(place) not in but:
                place += 1
        return place

    def is_near(self, place: int) -> bool:
        """Whether at most one character stands between this token and the next."""
        return self.tokens[place + 1].start - self.tokens[place].end <= 1

    def month(self, place: int) -> int | None:
        """Return the month that token `place` names, or None."""
        word = self.word(place)
        return MONTHS.get(word) if len(word) > 3 or word in _SHORT_MONTHS else None

    def year(self, place: int) -> tuple[int | None, int]:
        """Return the year at `place` ("2027", "'27"), and where it ends."""
        mark = self.word(place)
        spot = place + (mark in (",", "of", "de", "del", "'", "/"))
        word = self.word(spot)
        if word.isdecimal() and len(word) == 4 and word[:2] == "20":
            return int(word), spot + 1
        if word.isdecimal() and len(word) == 2 and mark in ("'", "/") and self.is_near(place):
            return 2000 + int(word), spot + 1
        return None, place
