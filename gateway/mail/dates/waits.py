"""Find the times until which nothing happens: "nothing before Q3", "no budget until April"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.mail.dates.clause import MAX_CUES, Clause
from gateway.mail.dates.cues import NOT
from gateway.mail.dates.expressions import Expression, after, no_sooner, read
from gateway.mail.dates.stretches import WEEKDAY, Stretch
from gateway.mail.languages import follow_up_context as words
from gateway.mail.languages.periods import BEFORE, UNTIL

_TIED, _EARLIEST = re.compile(words.TIED), re.compile(words.EARLIEST)
_PAST = re.compile(words.PAST_WAIT)
_HOLD, _ELSE = re.compile(words.HOLD), re.compile(words.WAIT_ELSE)
_REACH = 14  # tokens between what waits and until when


def held_back(clause: Clause) -> Iterator[Expression]:
    """Yield the times of "nothing before Q3", "no budget until April", "not this quarter"."""
    if clause.small.startswith(NOT, clause.start):
        begin = clause.begin + 1
        if clause.sentence.word(begin) in clause.language.vocabulary.words.current:
            found = read(clause.sentence, begin)
            if found is not None and clause.is_long(found):
                yield after(found)
    if clause.language.wait.search(clause.small, clause.start) is None:
        return
    for match in list(clause.language.holds.finditer(clause.small, clause.start))[:MAX_CUES]:
        found = _held_at(clause, clause.index(match.start()))
        if found is not None:
            yield found


def _held_at(clause: Clause, place: int) -> Expression | None:
    """Return the time behind the holding word at `place`, where something waits for it."""
    found = read(clause.sentence, place) or _happening(clause, place)
    if found is None or found.stretch.grain == WEEKDAY or not clause.is_known(found):
        return None
    if found.sense not in (UNTIL, BEFORE) and not _is_earliest(clause, found):
        return None
    begin, end = clause.begin, clause.stop
    if clause.language.is_english:
        begin, end = max(place - _REACH, begin), place
    tokens = clause.sentence.tokens
    cue_end = tokens[end].start if end < clause.stop else len(clause.small)
    cue = clause.language.wait.search(clause.small, tokens[begin].start, cue_end)
    if cue is None:
        return None
    first, last = clause.index(cue.start()), clause.index(cue.end())
    if is_for_else(clause, cue, found):
        return None
    span = clause.letters(min(place, first), max(found.stop, last))
    was = clause.language.is_english and _PAST.search(clause.small, clause.start) is not None
    return no_sooner(found) if _TIED.search(span) is None and not was else None


def is_for_else(clause: Clause, cue: re.Match[str], found: Expression) -> bool:
    """Whether who waits does so to do something else: "Wait until May to ship it"."""
    if not clause.language.is_english or _HOLD.match(cue.group()) is None:
        return False
    between = clause.small[cue.end() : clause.sentence.tokens[found.begin].start]
    behind = clause.small[clause.sentence.tokens[found.stop - 1].end :]
    return any(_ELSE.match(part) is not None for part in (between, behind))


def _happening(clause: Clause, place: int) -> Expression | None:
    """Read "before the others arrive in January": what comes first happens then."""
    if clause.sentence.word(place) not in ("before", "until", "till"):
        return None
    for inner in range(place + 1, min(place + 9, clause.stop)):
        found = read(clause.sentence, inner)
        if found is not None:
            return Expression(Stretch(found.bounds()[0], None), UNTIL, place, found.stop)
        if clause.sentence.word(inner) in words.STOPS or clause.sentence.word(inner) == ",":
            return None
    return None


def _is_earliest(clause: Clause, found: Expression) -> bool:
    """Whether the time's own words say "at the earliest"."""
    named = clause.letters(found.begin, found.stop)
    return not clause.language.is_english and _EARLIEST.match(named) is not None
