"""Read days named as a range: "10-20 January", "from Jan 10 to Jan 20", "Monday to Friday"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from gateway.mail.dates.days import day_of, next_day
from gateway.mail.dates.single_days import SUFFIXES, Reading, read_weekday
from gateway.mail.dates.stretches import DATE, WEEKDAY, Stretch
from gateway.mail.dates.tokens import Sentence
from gateway.mail.languages.dates import WEEKDAYS
from gateway.mail.languages.periods import ALTERNATIVES, DAYS_OF, RANGE_OPENERS

_MAX_DAYS = 330
_NUMERIC = re.compile(r"(\d{1,2})([./])(\d{1,2})(?:\2(\d{4}|\d{2}))?\.?")
_MARKS = frozenset((*SUFFIXES, ".", "er", "º", "ª"))


@dataclass(frozen=True)
class _End:
    """One end of a range: its day, what else was named of it, and the token behind it."""

    day: int
    month: int | None
    year: int | None
    stop: int
    has_mark: bool = False


def read_range(sentence: Sentence, place: int) -> Reading | None:
    """Return the days of the range that begins at `place`, and its end; past ones are None.

    What one end leaves out (its month, its year) is the other's.
    """
    is_opened = sentence.word(place) in RANGE_OPENERS
    spot = _skipped(sentence, place + is_opened)
    word = sentence.word(spot)
    if word in WEEKDAYS or word in sentence.vocabulary.words.upcoming:
        return _weekdays(sentence, spot) or _dates(sentence, spot, is_opened)
    if word[:1].isdecimal() or sentence.month(spot) is not None:
        return _dates(sentence, spot, is_opened)
    return None


def _weekdays(sentence: Sentence, place: int) -> Reading | None:
    first = read_weekday(sentence, place)
    if first is None or sentence.word(first[1]) not in sentence.vocabulary.words.joins:
        return None
    behind = replace(sentence, sent=first[0].first)
    last = read_weekday(behind, _skipped(sentence, first[1] + 1))
    return None if last is None else (Stretch(first[0].first, last[0].last, WEEKDAY), last[1])


def _dates(sentence: Sentence, place: int, is_opened: bool) -> Reading | None:
    """Return the shortest range that one order of days and months in "5/6" makes of the ends."""
    readings = [
        reading
        for day_first in (True, False)
        if (reading := _ordered(sentence, place, is_opened, day_first)) is not None
    ]
    return min(readings, key=lambda reading: _length(reading[0]), default=None)


def _length(stretch: Stretch) -> int:
    first, last = stretch.first, stretch.last
    return (last - first).days if first is not None and last is not None else 0


def _ordered(sentence: Sentence, place: int, is_opened: bool, day_first: bool) -> Reading | None:
    pair = _slashed(sentence, place) or _pair(sentence, place, is_opened, day_first)
    if pair is None:
        return None
    first, last = pair
    stretch = _stretch(sentence.sent, first, last)
    return None if stretch is None else (stretch, last.stop)


def _pair(
    sentence: Sentence, place: int, is_opened: bool, day_first: bool
) -> tuple[_End, _End] | None:
    first = _end(sentence, place, day_first)
    if first is None or sentence.word(first.stop) not in sentence.vocabulary.words.joins:
        return None
    join = sentence.word(first.stop)
    last = _end(sentence, _skipped(sentence, first.stop + 1), day_first)
    if last is None:
        return None
    # "Jan 10 to 20 people", "5 May or 20": a bare number behind a word need not be a day.
    bare = last.month is None and not last.has_mark
    if bare and join.isalpha() and not (is_opened and join not in ALTERNATIVES):
        return None
    has_month = first.month is not None or last.month is not None
    return (first, last) if has_month or (first.has_mark and last.has_mark) else None


def _slashed(sentence: Sentence, place: int) -> tuple[_End, _End] | None:
    """Read "5/6 May" and "May 5/6": two days of one month."""
    month, spot = sentence.month(place), place
    spot += month is not None
    match = _NUMERIC.fullmatch(sentence.word(spot))
    if match is None or match.group(2) != "/" or match.group(4):
        return None
    stop = spot + 1
    if month is None:
        stop += sentence.word(stop) in DAYS_OF
        month, stop = sentence.month(stop), stop + 1
    if month is None:
        return None
    year, stop = sentence.year(stop)
    return _End(int(match[1]), month, year, stop), _End(int(match[3]), month, year, stop)


def _end(sentence: Sentence, place: int, day_first: bool) -> _End | None:
    word = sentence.word(place)
    if word in WEEKDAYS:
        place = _skipped(sentence, place + 1 + (sentence.word(place + 1) == ","))
        word = sentence.word(place)
    if word.isdecimal() and len(word) <= 2:
        return _number_first(sentence, place)
    if word.count("-") == 2 and word[0].isdecimal():
        iso = [int(part) for part in word.split("-")]
        return _End(iso[2], iso[1], iso[0], place + 1)
    match = _NUMERIC.fullmatch(word)
    if match is not None:
        first, mark, second, text = match.groups()
        day, month = (first, second) if day_first or mark == "." else (second, first)
        year = None if text is None else int(text) + (2000 if len(text) == 2 else 0)
        return _End(int(day), int(month), year, place + 1)
    return _month_first(sentence, place)


def _number_first(sentence: Sentence, place: int) -> _End:
    """Read "10", "10th", "10. Januar", "10 de enero 2027"."""
    day, stop = int(sentence.word(place)), place + 1
    has_mark = sentence.word(stop) in _MARKS
    stop += has_mark
    spot = stop
    while sentence.word(spot) in DAYS_OF and spot < stop + 2:
        spot += 1
    month = sentence.month(spot)
    if month is None:
        return _End(day, None, None, stop, has_mark)
    year, stop = sentence.year(spot + 1)
    return _End(day, month, year, stop)


def _month_first(sentence: Sentence, place: int) -> _End | None:
    """Read "Jan 10", "January 10th, 2027"."""
    month = sentence.month(place)
    spot = place + 1 + (sentence.word(place + 1) in (".", "the"))
    word = sentence.word(spot)
    if month is None or not (word.isdecimal() and len(word) <= 2):
        return None
    has_mark = sentence.word(spot + 1) in SUFFIXES
    year, stop = sentence.year(spot + 1 + has_mark)
    return _End(int(word), month, year, stop)


def _stretch(sent: date | None, first: _End, last: _End) -> Stretch | None:
    """Return the days from `first` to `last`: those not over on `sent` where no year is named."""
    end_month, begin_month = last.month or first.month, first.month or last.month
    if end_month is None or begin_month is None:
        return _of_any_month(sent, first.day, last.day)
    if sent is None and last.year is None and first.year is None:
        valid = day_of(2024, end_month, last.day) and day_of(2024, begin_month, first.day)
        return Stretch(None, None, DATE) if valid else None
    named = last.year or first.year
    end = next_day(last.day, end_month, sent)
    end = end if named is None else day_of(named, end_month, last.day)
    if end is None or (sent is not None and end < sent):
        return None
    begin = day_of(first.year or end.year, begin_month, first.day)
    if begin is not None and begin > end and first.year is None:
        begin = day_of(end.year - 1, begin_month, first.day) if end.year > 1 else None
    if begin is None or not 0 < (end - begin).days <= _MAX_DAYS:
        return None
    return Stretch(begin, end, DATE)


def _of_any_month(sent: date | None, first: int, last: int) -> Stretch | None:
    """Read "the 10th to the 20th": of the month that `sent` is in, or of the next one."""
    if not 0 < first < last <= 31:
        return None
    if sent is None:
        return Stretch(None, None, DATE)
    for ahead in (0, 1, 2):
        year, month = sent.year + (sent.month - 1 + ahead) // 12, (sent.month - 1 + ahead) % 12 + 1
        begin, end = day_of(year, month, first), day_of(year, month, last)
        if begin is not None and end is not None and end >= sent:
            return Stretch(begin, end, DATE)
    return None


def _skipped(sentence: Sentence, place: int) -> int:
    """Return the place behind articles and "days" ("entre los días 10 y 20")."""
    place = sentence.skip(place)
    return place + (sentence.word(place) in ("days", "dias", "días", "jours", "giorni", "dagen"))
