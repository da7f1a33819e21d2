"""Read a single day at a place in a sentence: "15 May", "the 3rd", "next Friday", "1.6."."""

from __future__ import annotations

import re
from datetime import date

from gateway.mail.dates.days import day_of, latest_day, next_day
from gateway.mail.dates.stretches import DATE, WEEKDAY, Stretch, plus_days
from gateway.mail.dates.tokens import Sentence
from gateway.mail.languages.dates import TOMORROW, WEEKDAYS

Reading = tuple[Stretch, int]

_NUMERIC = re.compile(r"(\d{1,2})([./\-])(\d{1,2})(?:\2(\d{4}|\d{2}))?\.?")
SUFFIXES = ("st", "nd", "rd", "th")
_BETWEEN = frozenset((*SUFFIXES, "er", "º", "ª", ".", "of", "de", "del", "d", "'", "the"))
_SHORT = frozenset(("mon", "tue", "wed", "thu", "fri"))


def read_day(sentence: Sentence, place: int, has_preposition: bool) -> Reading | None:
    """Return the day named at `place` and where its words end; past days are None."""
    place = sentence.skip(place)
    if sentence.word(place) in TOMORROW:
        day = plus_days(sentence.sent, 1) if sentence.sent is not None else None
        return Stretch(day, day, WEEKDAY), place + 1
    weekday = read_weekday(sentence, place)
    if weekday is not None:
        behind = weekday[1] + (sentence.word(weekday[1]) == ",")
        dated = _dated(sentence, sentence.skip(behind), True)
        return dated or weekday
    return _dated(sentence, place, has_preposition)


def read_weekday(sentence: Sentence, place: int) -> Reading | None:
    """Read "Friday", "next Friday": the coming one after the mail's own day."""
    is_next = sentence.word(place) in sentence.vocabulary.words.upcoming
    word = sentence.word(place + is_next)
    if word not in WEEKDAYS or (len(word) < 4 and word not in _SHORT):
        return None
    if _is_ordinal(sentence, place + is_next):
        return None
    stop = place + is_next + 1
    if sentence.sent is None:
        return Stretch(None, None, WEEKDAY), stop
    ahead = (WEEKDAYS[word] - sentence.sent.weekday() - 1) % 7 + 1
    if is_next and sentence.sent.weekday() + ahead < 7:
        ahead += 7  # "next Friday" on a Monday is not this week's
    day = plus_days(sentence.sent, ahead)
    return Stretch(day, day, WEEKDAY), stop


def _is_ordinal(sentence: Sentence, place: int) -> bool:
    """Whether "segunda", "quarta" counts what stands behind it and is no day of the week."""
    words, behind = sentence.vocabulary.words, sentence.word(place + 1)
    if behind in words.half or behind in words.quarter or behind in words.week:
        return True
    return sentence.word(place) in words.ordinals and sentence.unit(place + 1) is not None


def _dated(sentence: Sentence, place: int, has_preposition: bool) -> Reading | None:
    return _numeric(sentence, place, has_preposition) or _named(sentence, place, has_preposition)


def _numeric(sentence: Sentence, place: int, has_preposition: bool) -> Reading | None:
    word = sentence.word(place)
    day = None
    if word.count("-") == 2 and word[0].isdecimal():
        year, month, number = (int(part) for part in word.split("-"))
        day = day_of(year, month, number)
    match = _NUMERIC.fullmatch(word) if has_preposition else None
    if match is not None and (match.group(4) or word.endswith(".") or match.group(2) == "/"):
        day = latest_day(match, sentence.sent, sentence.vocabulary.day_first)
    return None if day is None else _ahead(sentence, day, place + 1)


def _ahead(sentence: Sentence, day: date, stop: int) -> Reading | None:
    if sentence.sent is not None and day < sentence.sent:
        return None
    return Stretch(day, day, DATE), stop


def _named(sentence: Sentence, place: int, has_preposition: bool) -> Reading | None:
    """Read "15 May 2027", "May 15th", "the 15th"."""
    number = "1" if sentence.word(place) == "first" else sentence.word(place)
    if number.isdecimal() and len(number) <= 2:
        behind = place + 1
        while sentence.word(behind) in _BETWEEN and behind < place + 4:
            behind += 1
        month = sentence.month(behind)
        if month is not None:
            return _of_month(sentence, int(number), month, behind + 1)
        definite = has_preposition or sentence.word(place - 1) == "the"
        if definite and sentence.word(place + 1) in SUFFIXES:
            return _of_any_month(sentence, int(number), place + 2)
        return None
    month = sentence.month(place)
    spot = place + 1 + (sentence.word(place + 1) in (".", "the"))
    number = sentence.word(spot)
    if month is None or not number.isdecimal() or len(number) > 2:
        return None
    stop = spot + 1 + (sentence.word(spot + 1) in SUFFIXES)
    return _of_month(sentence, int(number), month, stop)


def _of_month(sentence: Sentence, day: int, month: int, place: int) -> Reading | None:
    year, stop = sentence.year(place)
    made = next_day(day, month, sentence.sent) if year is None else day_of(year, month, day)
    if made is not None:
        return _ahead(sentence, made, stop)
    undated = sentence.sent is None and year is None and day_of(2024, month, day) is not None
    return (Stretch(None, None, DATE), stop) if undated else None


def _of_any_month(sentence: Sentence, day: int, stop: int) -> Reading | None:
    """Read "the 15th": of this month, or of a later one where it is past."""
    sent = sentence.sent
    if sent is None:
        return Stretch(None, None, DATE), stop
    for ahead in range(3):
        year, month = sent.year + (sent.month - 1 + ahead) // 12, (sent.month - 1 + ahead) % 12 + 1
        made = day_of(year, month, day)
        if made is not None and made >= sent:
            return Stretch(made, made, DATE), stop
    return None
