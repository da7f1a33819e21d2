"""Find the times to come back in one sentence: wishes, talks put off, waits, better times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from gateway.mail.dates.clause import MAX_CUES, Clause
from gateway.mail.dates.expressions import Expression, no_sooner, read
from gateway.mail.dates.stretches import DATE, LONG, UNKNOWN, WEEKDAY
from gateway.mail.dates.waits import held_back, is_for_else
from gateway.mail.languages import follow_up_context as words
from gateway.mail.languages.periods import AFTER, BY, FROM, IN, WITHIN

_MAX_FRAGMENT_WORDS = 12
_SOON = timedelta(days=14)
_CLOCK, _BETTER_ELSE = re.compile(words.CLOCK), re.compile(words.BETTER_ELSE)


def times(clause: Clause, is_alone: bool) -> Iterator[tuple[bool, Expression]]:
    """Yield the times to come back, and for each whether a wish asked for it.

    A mail that `is_alone` says little else: a time without a cue will do there.
    """
    for is_wish, found in _found(clause, is_alone and clause.is_timed):
        grain = found.stretch.grain
        appointed = grain in (WEEKDAY, DATE) and _CLOCK.search(clause.small, clause.start)
        if not appointed and found.sense not in (BY, WITHIN):
            yield is_wish, found


def _found(clause: Clause, is_alone: bool) -> Iterator[tuple[bool, Expression]]:
    whole = _fragment(clause) if is_alone else None
    if whole is not None:
        yield False, whole
        return
    language = clause.language
    if clause.is_timed:
        yield from ((False, found) for found in held_back(clause))
    if language.any_cue.search(clause.small, clause.start) is None:
        return
    finders = [(language.wish, _wish), (language.talk, _talk)]
    if clause.is_timed:
        finders += [(language.better, _better), (language.maybe, _maybe)]
    for pattern, find in finders:
        for match in list(pattern.finditer(clause.small, clause.start))[:MAX_CUES]:
            found = find(clause, match, clause.index(match.start()), clause.index(match.end()))
            if found is not None:
                yield pattern is language.wish, found


def _wish(clause: Clause, match: re.Match[str], begin: int, stop: int) -> Expression | None:
    """Return the time of "Ping me in March": behind the wish, before it, or named earlier."""
    if _is_not_ours(clause, match):
        return None
    found = clause.near(begin, stop)
    if found is not None and found.stretch == UNKNOWN:
        found = clause.event(stop) or found
    if found is not None and is_for_else(clause, match, found):
        return None
    if clause.language.is_refused(clause.small, clause.start, match):
        return no_sooner(found) if found is not None else None
    return found or clause.then(begin, stop) or clause.event(stop)


def _talk(clause: Clause, match: re.Match[str], begin: int, stop: int) -> Expression | None:
    """Return the time of "Let's talk in June", unless it is an appointment."""
    if _is_not_ours(clause, match) or clause.language.is_refused(clause.small, clause.start, match):
        return None
    found = clause.near(begin, stop) or clause.then(begin, stop)
    if found is not None and is_for_else(clause, match, found):
        return None
    if found is None or found.stretch.grain == LONG:
        return found
    first = found.bounds()[0]
    far = first is not None and clause.sent is not None and first - clause.sent >= _SOON
    return found if far else None


def _is_not_ours(clause: Clause, match: re.Match[str]) -> bool:
    """Whether the author or somebody else does what the cue says."""
    language, small, start = clause.language, clause.small, clause.start
    return language.is_promise(small, start, match) or language.is_others_move(small, start, match)


def _better(clause: Clause, match: re.Match[str], begin: int, stop: int) -> Expression | None:
    """Return the time of "Q3 would be better", "better after May", "May at the earliest"."""
    if _BETTER_ELSE.match(clause.small, match.end()) is not None:
        return None
    for place in range(max(begin - 4, clause.begin), begin):
        opened = read(clause.sentence, place)
        if opened is not None and opened.stop >= stop:
            return opened if clause.is_long(opened) else None
    found = clause.before(begin)
    for place in range(stop, min(stop + 3, clause.stop)):
        found = found or read(clause.sentence, place)
    return found if found is not None and clause.is_long(found) else None


def _maybe(clause: Clause, match: re.Match[str], begin: int, stop: int) -> Expression | None:
    """Return the time of "maybe next year" where the clause ends behind it."""
    stop += clause.sentence.word(stop) in (",", ":", "-")
    found = read(clause.sentence, stop)
    if found is None or not clause.is_long(found):
        return None
    behind = clause.sentence.word(found.stop)
    return found if not behind[:1].isalnum() or behind in words.CLAUSE_OPENERS else None


def _fragment(clause: Clause) -> Expression | None:
    """Return the time that is all its sentence says, in a mail that says little else."""
    if clause.small.count(" ", clause.start) > _MAX_FRAGMENT_WORDS:
        return None
    begin, stop = clause.begin, clause.stop
    if stop - begin > _MAX_FRAGMENT_WORDS:
        return None
    for place in range(begin, stop):
        found = read(clause.sentence, place)
        if found is None and clause.sentence.word(place) in words.FILLERS:
            continue
        if found is None or clause.sentence.word(place - 1) in words.NEGATIONS:
            return None
        said = {clause.sentence.word(i) for i in range(begin, stop)}
        if not clause.is_first and clause.sentence.month(place) and said.isdisjoint(words.LEADS):
            return None  # "Forty. May." answers questions of ours
        rest = all(clause.sentence.word(i) in words.FILLERS for i in range(found.stop, stop))
        named = found.sense in (IN, AFTER, FROM) and clause.is_long(found)
        return found if rest and named else None
    return None
