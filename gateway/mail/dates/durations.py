"""Read so long from now or from a day: "six weeks", "two working days", "a month after Easter"."""

from __future__ import annotations

import re
from datetime import date

from gateway.mail.dates.long_stretches import read_part, read_whole
from gateway.mail.dates.single_days import Reading, read_day
from gateway.mail.dates.stretches import DATE, LONG, WEEKDAY, Stretch, after_halves
from gateway.mail.dates.tokens import Sentence, phrases_of
from gateway.mail.languages.periods import (
    AFTER,
    AND_A_HALF,
    FROM,
    HALVES,
    IN,
    UNTIL,
    WITHIN,
    words_of,
)

_TAILS = tuple(
    tuple(tail.split(" "))
    for tail in (
        "from now", "' s time", "' time", "s time", "time", "down the line", "down the road",
        "hence", "from today", "or so", "later", "' s"
    )
)  # fmt: skip
_AND_A_HALF = phrases_of(dict.fromkeys(AND_A_HALF, "half"))
_DOTTED = re.compile(r"(\d{1,2})\.5")
_FILLERS = words_of(
    "more|additional|good|full|solid|other|weitere|weiteren|autres|otras|altre|outras|andere"
)


def read_duration(
    sentence: Sentence, place: int, sense: str | None, is_led: bool = False
) -> Reading | None:
    """Read "six weeks", "3-4 months", "a couple of months", "half a year" as so long from now.

    Without a preposition a duration is how long something takes, unless a cue leads to it.
    """
    low, spot = _least(sentence, place)
    if low is None:
        return None
    high = low
    if sentence.word(spot) in sentence.vocabulary.words.joins:
        more, behind = _number(sentence, spot + 1)
        if more is not None:
            high, spot = more, behind
    spot += sentence.word(spot) in _FILLERS
    unit = sentence.unit(spot)
    if unit is None:
        return None
    half, end = _half(sentence, unit[1])
    low, high = low + half, high + half
    anchor, stop = _anchor(sentence, end)
    stop = stop if anchor is not None else _tail(sentence, end)
    if sense not in (IN, AFTER, FROM, UNTIL, WITHIN) and stop == end and not is_led:
        return None
    words = sentence.vocabulary.words
    if sentence.word(stop) in words.past or sentence.word(place - 1) in words.past:
        return None
    start = sentence.sent if anchor is None else anchor.last or anchor.first
    return _reckoned(start, unit[0], low, high, sense), stop


def _reckoned(start: date | None, unit: str, low: int, high: int, sense: str | None) -> Stretch:
    """Return the stretch from `low` to `high` half units after `start`."""
    first, last = after_halves(start, unit, low), after_halves(start, unit, high)
    if sense == WITHIN:
        return Stretch(None, last, DATE)
    days = low * {"d": 1, "b": 1, "w": 7}.get(unit, 14) // 2
    grain = LONG if days >= 14 else DATE if days > 2 else WEEKDAY
    return Stretch(first, last if high != low else None, grain)


def _anchor(sentence: Sentence, place: int) -> tuple[Stretch | None, int]:
    """Read "from Monday", "after Easter" at `place` as what a duration is reckoned from."""
    sense, spot = sentence.prepositions(place)
    if sense not in (AFTER, FROM):
        return None, place
    reading = read_day(sentence, spot, True) or read_part(sentence, spot)
    reading = reading or read_whole(sentence, spot, True)
    return (None, place) if reading is None else reading


def _least(sentence: Sentence, place: int) -> tuple[int | None, int]:
    if sentence.word(place) == "another" and _number(sentence, place + 1)[0] is not None:
        place += 1
    low, spot = _number(sentence, place)
    if low is None and sentence.word(place) == "half":
        return 2, place
    return low, spot


def _number(sentence: Sentence, place: int) -> tuple[int | None, int]:
    """Return twice the number at `place`, which may end in a half, and where it ends."""
    word = sentence.word(place)
    if word in HALVES:
        return 2 * HALVES[word] + 1, place + 1
    dotted = _DOTTED.fullmatch(word)
    if dotted is not None:
        return 2 * int(dotted.group(1)) + 1, place + 1
    if word.isdecimal():
        number, stop = (int(word) if len(word) <= 3 else None), place + 1
    else:
        phrase = sentence.phrase(sentence.vocabulary.numbers, place)
        number, stop = (int(phrase[0]), phrase[1]) if phrase is not None else (None, place)
    if number is None:
        return None, stop
    half, stop = _half(sentence, stop)
    return 2 * number + half, stop


def _half(sentence: Sentence, place: int) -> tuple[int, int]:
    """Return 1 where "and a half" stands at `place`, else 0, and where it ends."""
    phrase = sentence.phrase(_AND_A_HALF, place)
    return (0, place) if phrase is None else (1, phrase[1])


def _tail(sentence: Sentence, place: int) -> int:
    """Return where "from now", "' time", "down the line", "or so" end that stand at `place`."""
    for _ in range(2):
        for tail in _TAILS:
            if all(sentence.word(place + i) == word for i, word in enumerate(tail)):
                place += len(tail)
                break
    return place
