"""Read so long from now beside words of return, and the day named right before them."""

from __future__ import annotations

import re
from datetime import date

from gateway.mail.dates.durations import read_duration
from gateway.mail.dates.single_days import read_day
from gateway.mail.dates.tokens import Sentence, Vocabulary, tokens_of
from gateway.mail.languages import periods, periods_other
from gateway.mail.languages.returns import (
    AHEAD,
    ANSWERING,
    APART,
    PROMISING,
    RETURNING,
    SINCE,
    SUBJECTS,
)

_ENGLISH = (Vocabulary(periods.ENGLISH),)
_OTHERS = tuple(
    Vocabulary(words)
    for words in (
        periods_other.GERMAN,
        periods_other.FRENCH,
        periods_other.SPANISH,
        periods_other.PORTUGUESE,
        periods_other.DUTCH,
        periods_other.ITALIAN,
    )
)
_ANSWERING = re.compile(ANSWERING)
_SENTENCE_END = re.compile(r"[!?;:\n]|(?<!\d)\.(?=\s|$)")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|,")
_MAX_BEFORE = 6  # words between the cue and so long from now: "back at my desk in a week"
_MAX_VERB = 3  # words before the cue that its verb is among: "please send it back"
_MAX_BETWEEN = 5  # words between the day and the cue: "on Monday I will be back"


def day_behind(before: str, window: str, sent: date | None, is_english: bool) -> date | None:
    """Return the day that "in two weeks" names soon behind a cue, or None.

    None too where what stands right `before` the cue promises an answer or asks for one.
    """
    if not (PROMISING | RETURNING).isdisjoint(_WORD.findall(before)[-_MAX_VERB:]):
        return None
    sentence_end = _SENTENCE_END.search(window)
    window = window[: sentence_end.start()] if sentence_end else window
    if sent is None or _ANSWERING.match(window):
        return None
    tokens = tokens_of(window)
    for vocabulary in _ENGLISH if is_english else _OTHERS:
        sentence = Sentence(tokens, vocabulary, sent)
        for begin in range(min(len(tokens), _MAX_BEFORE)):
            reading = _so_long(sentence, begin)
            if reading is not None:
                return reading[0]
    return None


def day_before(window: str, sent: date | None, is_english: bool) -> date | None:
    """Return the day named right before a cue: "Am 4. Januar bin ich wieder da"."""
    ends = list(_SENTENCE_END.finditer(window))
    window = window[ends[-1].end() :] if ends else window
    if sent is None or not PROMISING.isdisjoint(_WORD.findall(window)):
        return None
    tokens = tokens_of(window)
    nearest: tuple[int, date] | None = None
    for vocabulary in _ENGLISH if is_english else _OTHERS:
        sentence = Sentence(tokens, vocabulary, sent)
        for begin in range(len(tokens)):
            reading = _so_long(sentence, begin) or _day(sentence, begin)
            if reading is None or sentence.word(begin - 1) in SINCE:
                continue
            if nearest is None or reading[1] > nearest[0]:
                nearest = reading[1], reading[0]
    if nearest is None:
        return None
    between = _WORD.findall(window[tokens[nearest[0] - 1].end :])
    if between[:1] == [","] and between[1:2] and between[1] in SUBJECTS:
        del between[0]
    near = len(between) <= _MAX_BETWEEN and APART.isdisjoint(between) and "," not in between
    return nearest[1] if near else None


def _so_long(sentence: Sentence, begin: int) -> tuple[date, int] | None:
    """Read "in two weeks" at token `begin`: the day, and where its words end."""
    if sentence.word(begin) not in AHEAD:
        return None
    sense, place = sentence.prepositions(begin)
    reading = read_duration(sentence, place, sense) if sense is not None else None
    day = (reading[0].last or reading[0].first) if reading is not None else None
    # A mail may claim to be from the last day there is, behind which none is reckoned.
    is_ahead = day is not None and (sentence.sent is None or day > sentence.sent)
    return (day, reading[1]) if reading is not None and day is not None and is_ahead else None


def _day(sentence: Sentence, begin: int) -> tuple[date, int] | None:
    """Read "am 4. Januar" at token `begin`, which is a preposition: the day, and its words' end."""
    if not sentence.may_open(begin) or sentence.word(begin) in SINCE:
        return None
    sense, place = sentence.prepositions(begin)
    reading = read_day(sentence, place, sense is not None)
    day = reading[0].first if reading is not None else None
    return None if reading is None or day is None else (day, reading[1])
