"""Read a whole expression of time: its prepositions, its stretch, what opens or doubles it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from gateway.mail.dates.long_stretches import not_begun, read_part, read_whole
from gateway.mail.dates.single_days import Reading, read_day
from gateway.mail.dates.stretches import DATE, LONG, WEEKDAY, Stretch, after_units, plus_days
from gateway.mail.dates.tokens import Sentence
from gateway.mail.languages.periods import AFTER, BEFORE, BY, FROM, IN, THROUGH, UNTIL, WITHIN

# A bare month or quarter behind one of these is what is talked about, not when.
_GOVERNS = frozenset(
    "about|a|an|every|each|the|our|your|my|his|her|their|regarding|for|of|with|re|on|last|since|de|del|du|des|la"  # noqa: SIM905
    "|le|les|el|los|das|der|die|den|dem|von|vom|über|do|da|dei|della|van|het|depuis|seit"
    "|desde|sinds|past|previous".split("|")
)
_GENITIVES = frozenset(("of", "de", "del", "du", "des", "von", "van", "di", "do", "da"))
_TAILS = tuple(
    tuple(tail.split(" "))
    for tail in (
        "from now", "' s time", "' time", "s time", "time", "down the line", "down the road",
        "hence", "from today", "or so", "later", "' s",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Expression:
    """A stretch of time as it was named: by which tokens, and what its preposition makes of it."""

    stretch: Stretch
    sense: str
    begin: int
    stop: int

    def bounds(self) -> tuple[date | None, date | None]:
        """Return the first and the last day that the whole expression allows, None where open."""
        first, last = self.stretch.first, self.stretch.last
        if self.sense == AFTER:
            if self.stretch.by_first and first is not None:
                return plus_days(first, 1), None
            return (plus_days(last, 1) if last is not None else first, None)
        if self.sense in (FROM, UNTIL):
            return first, None
        if self.sense == BEFORE:
            return None, plus_days(first, -1) if first is not None else None
        if self.sense in (BY, WITHIN):
            return None, last
        return first, last


def after(found: Expression) -> Expression:
    """Return the time behind what `found` names."""
    return Expression(found.stretch, AFTER, found.begin, found.stop)


def no_sooner(found: Expression) -> Expression | None:
    """Return a time that must come first ("not before Q3") as the one to come back from."""
    if found.sense not in (UNTIL, BEFORE, AFTER, FROM):
        return None
    sense = FROM if found.sense == BEFORE else found.sense
    return Expression(found.stretch, sense, found.begin, found.stop)


def read(sentence: Sentence, begin: int, is_led: bool = False) -> Expression | None:
    """Return the expression that begins exactly at token `begin`, or None.

    A stretch without a preposition counts where the words before it do not take it as their own
    ("the Q3 numbers"), or where a cue leads to it (`is_led`).
    """
    sense, place = _prepositions(sentence, begin)
    is_led = is_led and sentence.word(begin) not in _GOVERNS
    if sense is None and not is_led and sentence.word(begin - 1) in _GOVERNS:
        return None
    if sense is None and sentence.word(begin) in _GENITIVES:
        return None
    duration = _duration(sentence, place, sense)
    if duration is not None:
        return Expression(duration[0], WITHIN if sense == WITHIN else IN, begin, duration[1])
    reading = read_day(sentence, place, sense is not None)
    if reading is None:
        reading = read_part(sentence, place)
        if reading is not None and sense == UNTIL and _is_end(sentence, place):
            reading = _over(reading)  # "until the end of April" is over in May
    reading = reading or read_whole(sentence, place, sense is not None or is_led)
    if reading is not None and sense in (UNTIL, BEFORE) and _is_named(sentence, place):
        reading = not_begun(sentence, reading)
    if reading is not None and sense == THROUGH:
        reading, sense = _over(reading), UNTIL
    if reading is None or sentence.word(reading[1]) in ("ago", "fa", "geleden"):
        return None
    stretch, stop = _joined(sentence, reading, sense or IN) or reading
    sense, stop = _opened(sentence, sense or IN, stop)
    return Expression(stretch, sense, begin, stop)


def _is_named(sentence: Sentence, place: int) -> bool:
    """Whether a month, quarter or season stands at `place` by its own name."""
    words = sentence.vocabulary.words
    spot = sentence.skip(place, but=words.current)
    named = sentence.word(spot) in ("q", "t", "h", *words.seasons)
    return named or sentence.month(spot) is not None


def _prepositions(sentence: Sentence, place: int) -> tuple[str | None, int]:
    """Return what the prepositions from `place` on mean together, and where they end."""
    sense: str | None = None
    for _ in range(3):
        phrase = sentence.phrase(sentence.vocabulary.prepositions, place)
        part = sentence.phrase(sentence.vocabulary.parts, place)
        if phrase is None or (part is not None and part[1] > phrase[1]):
            break
        if sense is None or phrase[0] != IN:
            sense = phrase[0]
        place = phrase[1]
    return sense, place


def _is_end(sentence: Sentence, place: int) -> bool:
    part = sentence.phrase(sentence.vocabulary.parts, sentence.skip(place))
    return part is not None and part[0] in ("late", "end")


def _over(reading: Reading) -> Reading:
    last = reading[0].last
    return (Stretch(plus_days(last, 1), None) if last is not None else reading[0]), reading[1]


def _duration(sentence: Sentence, place: int, sense: str | None) -> Reading | None:
    """Read "six weeks", "3-4 months", "a couple of months", "half a year" as so long from now."""
    words = sentence.vocabulary.words
    low, spot = _number(sentence, place)
    if low is None:
        low, spot = (1, place) if sentence.word(place) == "half" else (None, place)
    if low is None:
        return None
    high = low
    if sentence.word(spot) in words.joins:
        more, behind = _number(sentence, spot + 1)
        if more is not None:
            high, spot = more, behind
    spot += sentence.word(spot) in ("more", "additional", "good", "full", "weitere", "weiteren")
    unit = sentence.unit(spot)
    if unit is None:
        return None
    stop = _tail(sentence, unit[1])
    if sense not in (IN, AFTER, FROM, UNTIL, WITHIN) and stop == unit[1]:
        return None
    if sentence.word(stop) in words.past or sentence.word(place - 1) in words.past:
        return None
    first = after_units(sentence.sent, unit[0], low)
    last = after_units(sentence.sent, unit[0], high)
    if sense == WITHIN:
        return Stretch(None, last, DATE), stop
    days = low * {"d": 1, "w": 7}.get(unit[0], 14)
    grain = LONG if days >= 14 else DATE if days > 2 else WEEKDAY
    return Stretch(first, last if high != low else None, grain), stop


def _tail(sentence: Sentence, place: int) -> int:
    """Return where "from now", "' time", "down the line", "or so" end that stand at `place`."""
    for _ in range(2):
        for tail in _TAILS:
            if all(sentence.word(place + i) == word for i, word in enumerate(tail)):
                place += len(tail)
                break
    return place


def _number(sentence: Sentence, place: int) -> tuple[int | None, int]:
    word = sentence.word(place)
    if word.isdecimal():
        return (int(word) if len(word) <= 3 else None), place + 1
    phrase = sentence.phrase(sentence.vocabulary.numbers, place)
    return (int(phrase[0]), phrase[1]) if phrase is not None else (None, place)


def _joined(sentence: Sentence, reading: Reading, sense: str) -> Reading | None:
    """Read "or June", "/Q1", "to September" behind a stretch: both together."""
    stretch, stop = reading
    if sentence.word(stop) not in sentence.vocabulary.words.joins or sense != IN:
        return None
    _, place = _prepositions(sentence, stop + 1)
    more = read_part(sentence, place) or read_whole(sentence, place, True)
    if more is None or more[0].last is None or stretch.first is None:
        return None
    if more[0].last < stretch.first or more[0].grain != stretch.grain:
        return None
    return replace(stretch, last=more[0].last), more[1]


def _opened(sentence: Sentence, sense: str, stop: int) -> tuple[str, int]:
    """Read "at the earliest", "onwards" behind an expression: its end is open then."""
    phrase = sentence.phrase(
        sentence.vocabulary.earliest, stop + (sentence.word(stop) in (",", "("))
    )
    if phrase is None:
        return sense, stop
    return (FROM if sense == IN else sense), phrase[1]
