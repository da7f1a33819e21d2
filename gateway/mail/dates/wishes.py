"""Find the times to come back in one sentence: wishes, talks put off, waits, better times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from gateway.mail.dates.cues import Language
from gateway.mail.dates.expressions import Expression, after, no_sooner, read
from gateway.mail.dates.stretches import DATE, LONG, UNKNOWN, WEEKDAY, Stretch
from gateway.mail.dates.tokens import Sentence, tokens_of
from gateway.mail.languages import follow_up as words
from gateway.mail.languages.periods import AFTER, BEFORE, BY, FROM, IN, UNTIL, WITHIN

_MAX_CUES = 12
_REACH = 14  # tokens between a wish and its time
_SOON = timedelta(days=14)
_CLOCK, _PAST, _TIED = re.compile(words.CLOCK), re.compile(words.PAST), re.compile(words.TIED)
_NO_EVENT, _EARLIEST = re.compile(words.NO_EVENT), re.compile(words.EARLIEST)
_NOT = tuple(f"{space}{word} " for space in ("", " ") for word in words.NEGATIONS)
_HOLDS, _OTHER_HOLDS = re.compile(words.HOLDS), re.compile(words.OTHER_HOLDS)


@dataclass(frozen=True)
class Clause:
    """One sentence, from character `start` on, behind what was said before it.

    Only one that `is_timed` holds a word that dates are made of.
    """

    head: str
    small: str
    start: int
    language: Language
    sent: date | None
    is_timed: bool

    def times(self, is_alone: bool) -> Iterator[tuple[bool, Expression]]:
        """Yield the times to come back, and for each whether a wish asked for it.

        A mail that `is_alone` says little else: a time without a cue will do there.
        """
        for is_wish, found in self._found(is_alone and self.is_timed):
            grain = found.stretch.grain
            appointed = grain in (WEEKDAY, DATE) and _CLOCK.search(self.small, self.start)
            if not appointed and found.sense not in (BY, WITHIN):
                yield is_wish, found

    def span(self, found: Expression) -> tuple[int, int]:
        """Return the characters that name the time."""
        tokens = self._sentence.tokens
        return tokens[found.begin].start, tokens[found.stop - 1].end

    def _found(self, is_alone: bool) -> Iterator[tuple[bool, Expression]]:
        whole = self._fragment() if is_alone else None
        if whole is not None:
            yield False, whole
            return
        language = self.language
        if self.is_timed:
            yield from ((False, found) for found in self._held_back())
        if language.any_cue.search(self.small, self.start) is None:
            return
        finders = [(language.wish, self._wish), (language.talk, self._talk)]
        if self.is_timed:
            finders += [(language.better, self._better), (language.maybe, self._maybe)]
        for pattern, find in finders:
            for match in list(pattern.finditer(self.small, self.start))[:_MAX_CUES]:
                found = find(match, self._index(match.start()), self._index(match.end()))
                if found is not None:
                    yield pattern is language.wish, found

    @cached_property
    def _sentence(self) -> Sentence:
        return Sentence(tokens_of(self.head), self.language.vocabulary, self.sent)

    @cached_property
    def _begin(self) -> int:
        return self._index(self.start)

    @property
    def _stop(self) -> int:
        return len(self._sentence.tokens)

    def _index(self, place: int) -> int:
        """Return the first token that begins at or behind character `place`."""
        tokens = self._sentence.tokens
        low, high = 0, len(tokens)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if tokens[middle].start < place else (low, middle)
        return low

    def _letters(self, begin: int, stop: int) -> str:
        """Return the small letters from token `begin` up to token `stop`."""
        tokens = self._sentence.tokens
        return self.small[tokens[begin].start : tokens[stop - 1].end] if stop > begin else ""

    # -- kinds of cue ----------------------------------------------------------------------------

    def _wish(self, match: re.Match[str], begin: int, stop: int) -> Expression | None:
        """Return the time of "Ping me in March": behind the wish, before it, or named earlier."""
        if self.language.is_promise(self.small, self.start, match):
            return None
        found = self._near(begin, stop)
        if found is not None and found.stretch == UNKNOWN:
            found = self._event(stop) or found
        if self.language.is_refused(self.small, self.start, match):
            return no_sooner(found) if found is not None else None
        return found or self._then(begin, stop) or self._event(stop)

    def _talk(self, match: re.Match[str], begin: int, stop: int) -> Expression | None:
        """Return the time of "Let's talk in June", unless it is an appointment."""
        if self.language.is_promise(self.small, self.start, match) or self.language.is_refused(
            self.small, self.start, match
        ):
            return None
        found = self._near(begin, stop) or self._then(begin, stop)
        if found is None or found.stretch.grain == LONG:
            return found
        first = found.bounds()[0]
        far = first is not None and self.sent is not None and first - self.sent >= _SOON
        return found if far else None

    def _better(self, match: re.Match[str], begin: int, stop: int) -> Expression | None:
        """Return the time of "Q3 would be better", "better after May", "May at the earliest"."""
        for place in range(max(begin - 4, self._begin), begin):
            opened = read(self._sentence, place)
            if opened is not None and opened.stop >= stop:
                return opened if self._is_long(opened) else None
        found = self._before(begin)
        for place in range(stop, min(stop + 3, self._stop)):
            found = found or read(self._sentence, place)
        return found if found is not None and self._is_long(found) else None

    def _maybe(self, match: re.Match[str], begin: int, stop: int) -> Expression | None:
        """Return the time of "maybe next year" where the clause ends behind it."""
        stop += self._sentence.word(stop) in (",", ":", "-")
        found = read(self._sentence, stop)
        if found is None or not self._is_long(found):
            return None
        behind = self._sentence.word(found.stop)
        return found if not behind[:1].isalnum() or behind in words.CLAUSE_OPENERS else None

    def _held_back(self) -> Iterator[Expression]:
        """Yield the times of "nothing before Q3", "no budget until April", "not this quarter"."""
        if self.small.startswith(_NOT, self.start):
            begin = self._begin + 1
            if self._sentence.word(begin) in self.language.vocabulary.words.current:
                found = read(self._sentence, begin)
                if found is not None and self._is_long(found):
                    yield after(found)
        holds = _HOLDS if self.language.is_english else _OTHER_HOLDS
        for match in list(holds.finditer(self.small, self.start))[:_MAX_CUES]:
            found = self._held_at(self._index(match.start()))
            if found is not None:
                yield found

    def _held_at(self, place: int) -> Expression | None:
        """Return the time behind the holding word at `place`, where something waits for it."""
        found = read(self._sentence, place) or self._happening(place)
        if found is None or found.stretch.grain == WEEKDAY or not self._is_known(found):
            return None
        if found.sense not in (UNTIL, BEFORE) and not self._is_earliest(found):
            return None
        begin, end = self._begin, self._stop
        if self.language.is_english:
            begin, end = max(place - _REACH, begin), place
        tokens = self._sentence.tokens
        cue_end = tokens[end].start if end < self._stop else len(self.small)
        cue = self.language.wait.search(self.small, tokens[begin].start, cue_end)
        if cue is None:
            return None
        first, last = self._index(cue.start()), self._index(cue.end())
        span = self._letters(min(place, first), max(found.stop, last))
        return no_sooner(found) if _TIED.search(span) is None else None

    def _happening(self, place: int) -> Expression | None:
        """Read "before the others arrive in January": what comes first happens then."""
        if self._sentence.word(place) not in ("before", "until", "till"):
            return None
        for inner in range(place + 1, min(place + 9, self._stop)):
            found = read(self._sentence, inner)
            if found is not None:
                return Expression(Stretch(found.bounds()[0], None), UNTIL, place, found.stop)
            if self._sentence.word(inner) in words.STOPS or self._sentence.word(inner) == ",":
                return None
        return None

    # -- where the time stands -------------------------------------------------------------------

    def _near(self, begin: int, stop: int) -> Expression | None:
        """Return the time behind the cue of those tokens, or the one that opens its clause."""
        return self._behind(stop if self.language.is_english else begin) or self._before(begin)

    def _behind(self, first: int) -> Expression | None:
        place = first
        while place < min(first + _REACH, self._stop):
            word = self._sentence.word(place)
            if word == "," and self.language.is_english:
                place += 1
                while self._sentence.word(place) in words.LEADS:
                    place += 1
                return read(self._sentence, place)
            led = place == first and self._sentence.word(place - 1) in ("for", "to")
            found = read(self._sentence, place, is_led=led)
            if found is not None:
                past = self.language.is_english and _PAST.search(self._letters(first, place))
                return None if past else found
            if word in words.STOPS and self.language.is_english:
                return None
            place += 1
        return None

    def _before(self, begin: int) -> Expression | None:
        """Return the time that opens the cue's clause ("In March you could try again")."""
        english = self.language.is_english
        for place in range(max(self._begin, begin - 20), begin):
            opens = place == self._begin or self._sentence.word(place - 1) in words.OPENERS
            found = read(self._sentence, place) if opens or not english else None
            if found is None or found.stop > begin:
                continue
            gap = [self._sentence.word(i) for i in range(found.stop, begin)]
            bridged = all(word in words.BRIDGES for word in gap)
            if bridged or (not english and len(gap) <= 8 and "," not in gap):
                return found
        return None

    def _then(self, begin: int, stop: int) -> Expression | None:
        """Return the time that "then" behind a cue means: the last one named before."""
        window = self._letters(stop, min(stop + 5, self._stop))
        then = self.language.then.search(window) or self._sentence.word(begin - 1) == "then"
        if not then and self.language.after_that.search(window) is None:
            return None
        found, place = None, 0
        while place < begin:
            named = read(self._sentence, place)
            if named is not None and named.stop <= begin:
                found, place = named, named.stop
            else:
                place += 1
        return found if found is None or then else after(found)

    def _event(self, stop: int) -> Expression | None:
        """Return the clause that names a time only the author knows ("once the audit is done")."""
        if not self.language.is_english:
            return None
        for place in range(stop, min(stop + 4, self._stop)):
            once = self.language.once.match(self.small, self._sentence.tokens[place].start)
            if once is None:
                continue
            behind = self.small[once.end() : once.end() + 40].lstrip()
            if not behind or _NO_EVENT.match(behind):
                return None
            last = place + 1
            while last < min(place + 10, self._stop):
                if self._sentence.word(last) in words.CLAUSE_ENDS:
                    break
                last += 1
            return Expression(UNKNOWN, AFTER, place, last) if last > place + 1 else None
        return None

    def _fragment(self) -> Expression | None:
        """Return the time that is all its sentence says, in a mail that says little else."""
        begin, stop = self._begin, self._stop
        if stop - begin > 12:
            return None
        for place in range(begin, stop):
            found = read(self._sentence, place)
            if found is None and self._sentence.word(place) in words.FILLERS:
                continue
            if found is None or self._sentence.word(place - 1) in words.NEGATIONS:
                return None
            said = {self._sentence.word(i) for i in range(begin, stop)}
            if self.start and self._sentence.month(place) and said.isdisjoint(words.LEADS):
                return None  # "Forty. May." answers questions of ours
            rest = all(self._sentence.word(i) in words.FILLERS for i in range(found.stop, stop))
            named = found.sense in (IN, AFTER, FROM) and self._is_long(found)
            return found if rest and named else None
        return None

    def _is_earliest(self, found: Expression) -> bool:
        """Whether the time's own words say "at the earliest"."""
        named = self._letters(found.begin, found.stop)
        return not self.language.is_english and _EARLIEST.match(named) is not None

    def _is_long(self, found: Expression) -> bool:
        return found.stretch.grain == LONG and self._is_known(found)

    def _is_known(self, found: Expression) -> bool:
        return self.sent is None or found.stretch.known
