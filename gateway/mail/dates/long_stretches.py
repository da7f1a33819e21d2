"""Read a stretch longer than a day: "mid-May", "next quarter", "Q3 2027", "week 34", "autumn"."""

from __future__ import annotations

from dataclasses import replace

from gateway.mail.dates.single_days import Reading, read_day
from gateway.mail.dates.stretches import (
    UNKNOWN,
    WEEK,
    WEEKDAY,
    Stretch,
    after_units,
    coming_months,
    coming_week,
    feast,
    months,
    part_of,
    plus_days,
    unit_around,
)
from gateway.mail.dates.tokens import Sentence
from gateway.mail.languages.periods import LAST

_SHORT_UNITS = frozenset(("d", "b", "x"))
_VERBS = frozenset(("may", "march", "mars", "mar", "jan"))
_HALVES, _FORTNIGHTS = (
    ("half", "helft", "hälfte"),
    ("quinzaine", "quincena", "quinzena", "fortnight"),
)
_WEEK_OF = ("of", "commencing", "beginning", "starting", "vom", "du", "del", "van", "da")
_WEEKS_OF_A_MONTH = 5
_ORDINAL_MARKS = (".", "º", "°", "ª", "e", "ème", "er", "rd", "nd", "th", "st")


def read_part(sentence: Sentence, place: int) -> Reading | None:
    """Read "mid-May", "the end of next quarter", "early 2027", "later this year" at `place`."""
    compound = _compound(sentence, sentence.skip(place))
    if compound is not None:
        return compound
    part = sentence.phrase(sentence.vocabulary.parts, sentence.skip(place))
    if part is None:
        return None
    words = sentence.vocabulary.words
    spot = part[1] + (sentence.word(part[1]) in ("-", "to", "in"))
    spot = sentence.skip(spot, but=words.current)
    unit = sentence.unit(spot)
    bare = unit is not None and unit[0] not in _SHORT_UNITS
    whole = (
        (unit_around(sentence.sent, unit[0], 0), unit[1])
        if unit is not None and bare and not _behind(sentence, unit[1])[0]
        else read_whole(sentence, spot, True)
    )
    if whole is None:
        return None
    stretch, stop = whole
    if part[0] != "later":
        early, _, late = part[0].partition("_")
        whole_part = part_of(stretch, early)
        return replace(whole_part, last=part_of(stretch, late or early).last), stop
    if sentence.sent is not None and (bare or sentence.word(spot) in words.current):
        return replace(stretch, first=plus_days(sentence.sent, 1)), stop
    return whole


def _compound(sentence: Sentence, place: int) -> Reading | None:
    """Read "EOQ", "Jahresende", "Spätsommer": the coming one."""
    words = sentence.vocabulary.words
    part, _, whole = words.compounds.get(sentence.word(place), "").partition(" ")
    if not part:
        return None
    if whole in words.seasons:
        season = coming_months(sentence.sent, words.seasons[whole] * 3 + 3, 3, None)
        return part_of(season, part), place + 1
    for ahead in (0, 1):
        stretch = part_of(unit_around(sentence.sent, words.units[whole], ahead), part)
        if stretch.last is None or sentence.sent is None or stretch.last >= sentence.sent:
            return stretch, place + 1
    return None


def read_whole(sentence: Sentence, place: int, has_preposition: bool) -> Reading | None:
    """Return the whole week, month, quarter, season, year or feast at `place`, and its end."""
    place = sentence.skip(place, but=sentence.vocabulary.words.current)
    for read in (_relative, _event, _quarter, _week, _week_of_month, _season):
        reading = read(sentence, place)
        if reading is not None:
            return reading
    return _month(sentence, place, has_preposition) or _year(sentence, place, has_preposition)


def _relative(sentence: Sentence, place: int) -> Reading | None:
    """Read "next quarter", "this autumn", "la semaine prochaine", "next March"."""
    words = sentence.vocabulary.words
    is_next = sentence.word(place) in words.upcoming
    if not is_next and sentence.word(place) not in words.current:
        return _unit_behind(sentence, place)
    spot = place + 1
    event = sentence.phrase(sentence.vocabulary.events, spot)
    if event is not None and event[0] == "fiscal":
        return UNKNOWN, event[1]
    unit = sentence.unit(spot)
    if unit is not None and unit[0] not in _SHORT_UNITS:
        stop, ahead = unit[1], int(is_next)
        if is_next and sentence.word(stop) == "after" and sentence.word(stop + 1) in words.upcoming:
            ahead, stop = 2, stop + 2
        return unit_around(sentence.sent, unit[0], ahead), stop
    if unit is not None and unit[0] == "b" and is_next and sentence.sent is not None:
        day = after_units(sentence.sent, "b", 1)
        return Stretch(day, day, WEEKDAY), unit[1]
    later = _season(sentence, spot) or _month(sentence, spot, True)
    return not_begun(sentence, later) if later is not None and is_next else later


def _unit_behind(sentence: Sentence, place: int) -> Reading | None:
    """Read "semaine prochaine", "año que viene", "week after next"."""
    unit = sentence.unit(place)
    if unit is None or unit[0] in _SHORT_UNITS:
        return None
    words = sentence.vocabulary.words
    if sentence.word(unit[1]) == "after" and sentence.word(unit[1] + 1) in words.upcoming:
        return unit_around(sentence.sent, unit[0], 2), unit[1] + 2
    is_next, stop = _behind(sentence, unit[1])
    return (unit_around(sentence.sent, unit[0], 1), stop) if is_next else None


def _behind(sentence: Sentence, place: int) -> tuple[bool, int]:
    """Return whether "prochaine", "que viene", "que vem" stand at `place`, and where they end."""
    stop = place
    for _ in range(2):
        stop += sentence.word(stop) in sentence.vocabulary.words.upcoming
    return stop > place and sentence.word(stop - 1) != "que", stop


def not_begun(sentence: Sentence, reading: Reading) -> Reading:
    """Take "next" at its word: a season or month that has begun is not the next one."""
    stretch, stop = reading
    if sentence.sent is None or stretch.first is None or stretch.last is None:
        return reading
    if stretch.first > sentence.sent:
        return reading
    count = max(round((stretch.last - stretch.first).days / 30.4), 1)
    return months(stretch.first.year + 1, stretch.first.month, count), stop


def _event(sentence: Sentence, place: int) -> Reading | None:
    event = sentence.phrase(sentence.vocabulary.events, place)
    if event is None:
        return None
    year, stop = sentence.year(event[1])
    if event[0] == "weekend":
        week = unit_around(sentence.sent, "w", 0)
        saturday = plus_days(week.first, 5) if week.first is not None else None
        return Stretch(saturday, week.last, WEEKDAY), stop
    return feast(sentence.sent, event[0], year), stop


def _quarter(sentence: Sentence, place: int) -> Reading | None:
    """Read "Q3", "Q1 2027", "third quarter", "3. Quartal", "T3", "H2", "second half of 2027"."""
    words = sentence.vocabulary.words
    word, behind = sentence.word(place), sentence.word(place + 1)
    if word == "fy" and behind.isdecimal():
        return UNKNOWN, place + 2
    if word in ("q", "t", "h", "s") and behind.isdecimal() and sentence.is_near(place):
        number, size, stop = int(behind), 6 if word in ("h", "s") else 3, place + 2
        name = ""
    else:
        ordinal = int(word) if word.isdecimal() and len(word) == 1 else words.ordinals.get(word)
        name_at = place + 1 + (behind in _ORDINAL_MARKS)
        name = sentence.word(name_at)
        if ordinal is None or name not in words.quarter | words.half:
            return None
        size = 6 if name in words.half else 3
        number, stop = (12 // size if ordinal == LAST else ordinal), name_at + 1
    if not 1 <= number <= 12 // size:
        return None
    of_month = _month(sentence, sentence.skip(stop), True) if size == 6 else None
    if of_month is not None:
        return _half_of(of_month[0], number), of_month[1]
    year, after = _year_of(sentence, stop)
    if name in _HALVES and after == stop:
        return None  # "the first half" may be a day's, or a game's
    if name in _FORTNIGHTS:
        return None
    stop = after
    return coming_months(sentence.sent, (number - 1) * size + 1, size, year), stop


def _half_of(month: Stretch, number: int) -> Stretch:
    """Return the days up to the 15th, or those behind it."""
    if month.first is None:
        return month
    middle = plus_days(month.first, 14)
    if number == 1:
        return Stretch(month.first, middle)
    return Stretch(plus_days(middle, 1), month.last)


def _year_of(sentence: Sentence, place: int) -> tuple[int | None, int]:
    """Return the year that "2027", "of next year", "des Jahres" at `place` mean, and the end."""
    year, stop = sentence.year(place)
    if year is not None:
        return year, stop
    words = sentence.vocabulary.words
    spot = sentence.skip(place, but=words.current)
    word = sentence.word(spot)
    named = word in words.upcoming or word in words.current
    unit = sentence.unit(spot + named)
    if unit is None or unit[0] != "y" or spot + named == place:
        return None, place
    is_next, stop = _behind(sentence, unit[1])
    ahead = int(word in words.upcoming or is_next)
    return (sentence.sent.year + ahead if sentence.sent is not None else None), stop


def _week(sentence: Sentence, place: int) -> Reading | None:
    """Read "week 34", "KW 34", "der 34. Woche", "the week of 11 May"."""
    if sentence.word(place) not in sentence.vocabulary.words.week:
        return _numbered_week(sentence, place)
    behind = sentence.word(place + 1)
    if behind.isdecimal() and 1 <= int(behind) <= 53:
        year, stop = sentence.year(place + 2)
        return coming_week(sentence.sent, int(behind), year), stop
    if behind in _WEEK_OF:
        day = read_day(sentence, place + 2, True)
        if day is not None and day[0].first is not None:
            return unit_around(day[0].first, "w", 0), day[1]
    return None


def _numbered_week(sentence: Sentence, place: int) -> Reading | None:
    """Read "34. Woche", "14. KW", "34e semaine": the calendar's week, but for a month's second."""
    word, spot = sentence.word(place), place + 1
    if not (word.isdecimal() and len(word) <= 2 and sentence.word(spot) in _ORDINAL_MARKS):
        return None
    name = sentence.word(spot + 1)
    is_calendars = name in ("kw", "kalenderwoche", "cw") or int(word) > _WEEKS_OF_A_MONTH
    if name not in sentence.vocabulary.words.week or not is_calendars or int(word) > 53:
        return None
    year, stop = sentence.year(spot + 2)
    return coming_week(sentence.sent, int(word), year), stop


def _week_of_month(sentence: Sentence, place: int) -> Reading | None:
    """Read "first week of July", "last week of next month": seven days from its ends."""
    words = sentence.vocabulary.words
    word, spot = sentence.word(place), place + 1
    number = int(word) if word.isdecimal() and len(word) == 1 else words.ordinals.get(word)
    spot += word.isdecimal() and sentence.word(spot) in _ORDINAL_MARKS
    unit = sentence.unit(spot)
    if number is None or unit is None or unit[0] != "w":
        return None
    spot = unit[1] + (sentence.word(unit[1]) in ("of", "in", "im", "de", "di", "van"))
    spot = sentence.skip(spot)
    whole = _month(sentence, spot, True) or _relative(sentence, spot)
    if whole is None:
        return None
    days, stop = whole
    if days.first is None or days.last is None or (days.last - days.first).days > 31:
        return None
    if number == LAST:
        return Stretch(plus_days(days.last, -6), days.last, WEEK), stop
    first = plus_days(days.first, 7 * (number - 1))
    return Stretch(first, min(plus_days(first, 6), days.last), WEEK), stop


def _season(sentence: Sentence, place: int) -> Reading | None:
    number = sentence.vocabulary.words.seasons.get(sentence.word(place))
    if number is None:
        return None
    year, stop = _year_of(sentence, place + 1)
    return coming_months(sentence.sent, number * 3 + 3, 3, year), stop


def _month(sentence: Sentence, place: int, has_preposition: bool) -> Reading | None:
    month = sentence.month(place)
    if month is None:
        return None
    verb = sentence.word(place) in _VERBS and not sentence.tokens[place].capital
    if verb and not has_preposition:
        return None
    year, stop = _year_of(sentence, place + 1)
    if year is None and sentence.word(place + 1) in sentence.vocabulary.words.upcoming:
        unit = sentence.unit(place + 2)
        if unit is not None and unit[0] == "y":
            year, stop = (sentence.sent.year + 1 if sentence.sent is not None else None), unit[1]
    stretch = coming_months(sentence.sent, month, 1, year)
    over = sentence.sent is not None and stretch.last is not None and stretch.last < sentence.sent
    return None if over else (stretch, stop)


def _year(sentence: Sentence, place: int, has_preposition: bool) -> Reading | None:
    word = sentence.word(place)
    if not has_preposition or not (word.isdecimal() and len(word) == 4 and word[:2] == "20"):
        return None
    past = sentence.sent is not None and int(word) < sentence.sent.year
    return None if past else (months(int(word), 1, 12), place + 1)
