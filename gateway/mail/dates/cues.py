"""The words around a date to come back, compiled once a language, and which language is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from gateway.mail.dates.tokens import Vocabulary
from gateway.mail.languages import movers
from gateway.mail.languages.dates import MONTHS, TOMORROW, WEEKDAYS
from gateway.mail.languages.follow_up import ENGLISH, Cues
from gateway.mail.languages.follow_up_context import (
    ASKED,
    FILLERS,
    HOLDS,
    NEGATIONS,
    OTHER_HOLDS,
    SHARED,
)
from gateway.mail.languages.follow_up_other import OTHERS
from gateway.mail.patterns.alternation import alternation

_ASKED, _SHARED, _US = re.compile(ASKED), re.compile(SHARED), re.compile(r"\b(?:me|us)\b")
_DECISIONS = re.compile(movers.DECISIONS)
_ASKED_OF_US = re.compile(movers.ASKED_OF_US)
NOT = tuple(f"{space}{word} " for space in ("", " ") for word in NEGATIONS)
_PIECE = re.compile(r"[^\W\d_]+|\d+")
_QUARTERS = "q1|q2|q3|q4|h1|h2|t1|t2|t3|t4|s1|s2|kw|cw|fy|wk"
EVENT_WORDS = frozenset(
    ("after", "once", "when", "soon", "following", *TOMORROW, *(d for d in WEEKDAYS if len(d) > 4))
)
_NOT_TIMES = frozenset(
    (
        "work",
        "working",
        "business",
        "part",
        "fine",
        "way",
        "half",
        "budget",
        "planning",
        "school",
        "new",
        "break",
        "close",
        "turn",
    )
)


class Language:
    """One language's cues as patterns over small letters, and its words for time."""

    def __init__(self, cues: Cues) -> None:
        self.is_english = cues is ENGLISH
        self.vocabulary = Vocabulary(cues.words)
        self.wish, self.talk, self.wait = _any(cues.wish), _any(cues.talk), _any(cues.wait)
        # Most sentences hold no cue: one search tells.
        self.any_cue = _any((*cues.wish, *cues.talk, *cues.maybe, *cues.better))
        self.maybe, self.better = _any(cues.maybe), _any(cues.better)
        self.holds = re.compile(HOLDS if self.is_english else OTHER_HOLDS)
        self.promise = re.compile("|".join(cues.promise))
        self.others = re.compile("|".join(cues.others))
        self.refusal = re.compile("|".join(cues.refusal))
        self.then, self.after_that = re.compile(cues.then[0]), re.compile(cues.then[1])
        self.once = re.compile(cues.once[0])
        words = cues.words
        function = cues.common | _pieces(words.prepositions, words.numbers) | words.skipped
        function |= words.upcoming | words.current
        named = _pieces(words.units, words.seasons, words.events, words.parts)
        named = (
            (named | words.quarter | words.half | words.week | words.compounds.keys())
            - function
            - _NOT_TIMES
        )
        self.time_words = frozenset(
            word for word in named | words.units.keys() if len(word) > 2 and " " not in word
        )
        self.all_words = self.time_words | function

    def may_ask(self, small: str, start: int, end: int, is_timed: bool) -> bool:
        """Whether the sentence from `start` to `end` has any cue; quick, most have none."""
        if self.any_cue.search(small, start, end) is not None:
            return True
        if not is_timed:
            return False
        if small.startswith(NOT, start):
            return True
        waits = self.wait.search(small, start, end) is not None
        return waits and self.holds.search(small, start, end) is not None

    def may_be_time(self, small: str, start: int, end: int) -> bool:
        """Whether the sentence from `start` to `end` can be nothing but a time."""
        first = _PIECE.search(small, start, end)
        if first is None:
            return False
        word = first.group()
        return word in self.vocabulary.openers or word in FILLERS or word.isdecimal()

    def is_others_move(self, small: str, start: int, cue: re.Match[str]) -> bool:
        """Whether somebody else does what the cue says ("My clients reach out in March").

        Whom we are asked to write to does not matter: "contact our CFO in May" is our move.
        """
        before = _before(small, start, cue)
        if self.is_english:
            if cue.groupdict().get("other") and _ASKED_OF_US.search(before) is None:
                return True
            is_others = self.others.search(before) is not None
            return is_others and _DECISIONS.match(cue.group()) is None
        subject = self.others.search(before)
        if subject is None or self.once.search(before, 0, subject.start()) is not None:
            return False
        return not names_time(_PIECE.findall(subject.group()))

    def is_promise(self, small: str, start: int, cue: re.Match[str]) -> bool:
        """Whether the author tells of his own move, or of what was; `start` opens the sentence."""
        if not self.is_english:
            return self.promise.search(small, start, cue.end() + 20) is not None
        before = _before(small, start, cue)
        if _ASKED.search(before) is not None:
            return True
        own = _US.search(cue.group()) is None and _SHARED.search(cue.group()) is None
        return own and self.promise.search(before) is not None

    def is_refused(self, small: str, start: int, cue: re.Match[str]) -> bool:
        """Whether a "not" turns the cue round; `start` opens the sentence."""
        if not self.is_english:
            return self.refusal.search(small, start, cue.end() + 20) is not None
        before = _before(small, start, cue)
        return self.refusal.search(before) is not None and "why don't" not in before


def languages_of(words: frozenset[str]) -> list[Language]:
    """Return the languages most of whose words stand in `words`: mostly one, else English.

    English with one word less is read as well: "Contact me in May" is all of it French or German.
    """
    english = len(words & ENGLISH_ONLY[0].all_words)
    if english > len(words & _OTHER_WORDS):
        return ENGLISH_ONLY
    scores = [len(words & language.all_words) for language in _LANGUAGES]
    best = max(scores)
    if not best:
        return ENGLISH_ONLY
    near = [best - language.is_english for language in _LANGUAGES]
    pairs = zip(_LANGUAGES, scores, near, strict=True)
    return [language for language, score, least in pairs if score >= least]


def names_time(words: Iterable[str]) -> bool:
    """Whether any word of `words` (small letters) can be part of a date."""
    return not TIME_WORDS.isdisjoint(words)


def names_event(words: Iterable[str]) -> bool:
    """Whether any word of `words` can name a day of the week, or a time only the author knows."""
    return not EVENT_WORDS.isdisjoint(words)


def _before(small: str, start: int, cue: re.Match[str]) -> str:
    return small[max(start, cue.start() - 60) : cue.start()].rstrip()


def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{alternation(patterns)})(?!\w)")


def _pieces(*tables: Iterable[str]) -> frozenset[str]:
    return frozenset(piece for phrase in chain(*tables) for piece in _PIECE.findall(phrase))


_LANGUAGES = [Language(cues) for cues in (ENGLISH, *OTHERS)]
ENGLISH_ONLY = _LANGUAGES[:1]
_OTHER_WORDS = frozenset(chain(*(language.all_words for language in _LANGUAGES[1:])))
TIME_WORDS = frozenset(
    chain(
        (month for month in MONTHS if len(month) > 3),
        "jan feb mar apr may jun jul aug sep sept oct nov dec mai mei okt dez giu".split(),  # noqa: SIM905
        (str(year) for year in range(2020, 2050)),
        _QUARTERS.split("|"),
        (f"{name}{number}" for name in ("kw", "cw", "wk", "w") for number in range(1, 54)),
        (
            ordinal
            for day in range(32)
            for ordinal in (f"{day}st", f"{day}nd", f"{day}rd", f"{day}th")
        ),
        (f"{month}{part}" for month in MONTHS if len(month) > 2 for part in ("hälfte", "woche")),
        *(language.time_words for language in _LANGUAGES),
    )
)
