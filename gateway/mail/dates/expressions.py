"""Read a whole expression of time: its prepositions, its stretch, what opens or doubles it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from gateway.mail.dates.durations import read_duration
from gateway.mail.dates.long_stretches import not_begun, read_part, read_whole
from gateway.mail.dates.ranges import read_range
from gateway.mail.dates.single_days import Reading, read_day
from gateway.mail.dates.stretches import Stretch, plus_days
from gateway.mail.dates.tokens import Sentence
from gateway.mail.languages.periods import (
    AFTER,
    ALTERNATIVES,
    BEFORE,
    BY,
    FROM,
    IN,
    RANGE_OPENERS,
    THROUGH,
    UNTIL,
    WITHIN,
)

# A bare month or quarter behind one of these is what is talked about, not when.
_GOVERNS = frozenset(
    "about|a|an|every|each|the|our|your|my|his|her|their|regarding|for|of|with|re|on|last|since|de|del|du|des|la"  # noqa: SIM905
    "|le|les|el|los|das|der|die|den|dem|von|vom|über|do|da|dei|della|van|het|depuis|seit"
    "|desde|sinds|past|previous".split("|")
)
_ONCE = frozenset(("once", "when", "after"))
_OVER = frozenset(("over", "done", "finished", "through", "ended", "closed", "passed"))
_GENITIVES = frozenset(("of", "de", "del", "du", "des", "von", "van", "di", "do", "da"))


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
    if not sentence.may_open(begin):
        return None
    sense, place = sentence.prepositions(begin)
    if sense is None and not is_led and sentence.word(begin - 1) in _GOVERNS:
        return None
    days = read_range(sentence, begin) or _months(sentence, begin)
    if days is not None:
        return Expression(days[0], IN, begin, days[1])
    if sense is None and sentence.word(begin) in _GENITIVES:
        return None
    duration = read_duration(sentence, place, sense, is_led)
    if duration is not None:
        return Expression(duration[0], WITHIN if sense == WITHIN else IN, begin, duration[1])
    named = _named(sentence, begin, sense, place, is_led)
    if named is None:
        return None
    reading, sense = named
    joined = _joined(sentence, reading, sense or IN)
    stretch, stop = joined or reading
    over = _end_of_it(sentence, stop) if sense is None else None
    if over is not None and sentence.word(begin - 1) in _ONCE:
        return Expression(stretch, AFTER, begin, over)
    sense, stop = _opened(sentence, IN if joined is not None else sense or IN, stop)
    return Expression(stretch, sense, begin, stop)


def _named(
    sentence: Sentence, begin: int, sense: str | None, place: int, is_led: bool
) -> tuple[Reading, str | None] | None:
    """Return the stretch named at `place`, behind prepositions from `begin` on, and their sense."""
    is_led = is_led and sentence.word(begin) not in _GOVERNS
    reading = read_range(sentence, place) if place > begin else None
    reading = reading or read_day(sentence, place, sense is not None)
    if reading is None:
        reading = read_part(sentence, place)
        if reading is not None and sense == UNTIL and _is_end(sentence, place):
            reading = _over(reading)  # "until the end of April" is over in May
    reading = reading or read_whole(sentence, place, sense is not None or is_led)
    if reading is None or sentence.word(reading[1]) in ("ago", "fa", "geleden"):
        return None
    if sense in (UNTIL, BEFORE) and _is_named(sentence, place):
        reading = not_begun(sentence, reading)
    return (_over(reading), UNTIL) if sense == THROUGH else (reading, sense)


def _end_of_it(sentence: Sentence, stop: int) -> int | None:
    """Return where "ends", "is over" end behind a stretch ("once Q2 closes")."""
    if sentence.word(stop) in ("ends", "closes", "finishes"):
        return stop + 1
    is_over = sentence.word(stop) in ("is", "has") and sentence.word(stop + 1) in _OVER
    return stop + 2 if is_over else None


def _months(sentence: Sentence, place: int) -> Reading | None:
    """Read "von Juli bis September", "de julio a septiembre"."""
    if sentence.word(place) not in RANGE_OPENERS:
        return None
    reading = read_part(sentence, place + 1) or read_whole(sentence, place + 1, True)
    return None if reading is None else _joined(sentence, reading, IN)


def _is_named(sentence: Sentence, place: int) -> bool:
    """Whether a month, quarter or season stands at `place` by its own name."""
    words = sentence.vocabulary.words
    spot = sentence.skip(place, but=words.current)
    named = sentence.word(spot) in ("q", "t", "h", *words.seasons)
    return named or sentence.month(spot) is not None


def _is_end(sentence: Sentence, place: int) -> bool:
    part = sentence.phrase(sentence.vocabulary.parts, sentence.skip(place))
    return part is not None and part[0] in ("late", "end")


def _over(reading: Reading) -> Reading:
    last = reading[0].last
    return (Stretch(plus_days(last, 1), None) if last is not None else reading[0]), reading[1]


def _joined(sentence: Sentence, reading: Reading, sense: str) -> Reading | None:
    """Read "or June", "/Q1", "to September" behind a stretch: both together."""
    stretch, stop = reading
    join = sentence.word(stop)
    if join not in sentence.vocabulary.words.joins or sense not in (IN, FROM):
        return None
    if sense == FROM and join in ALTERNATIVES:
        return None
    _, place = sentence.prepositions(stop + 1)
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
