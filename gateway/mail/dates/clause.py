"""One sentence that may ask for a later time: its words, its times and where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from gateway.mail.dates.cues import Language
from gateway.mail.dates.expressions import Expression, after, read
from gateway.mail.dates.stretches import LONG, UNKNOWN
from gateway.mail.dates.tokens import Sentence, tokens_of
from gateway.mail.languages import follow_up_context as words
from gateway.mail.languages.periods import AFTER

MAX_CUES = 12
_REACH = 14  # tokens between a wish and its time
_PAST, _NO_EVENT = re.compile(words.PAST), re.compile(words.NO_EVENT)
_THAT_TIME = re.compile(words.THAT_TIME)


@dataclass(frozen=True)
class Clause:
    """One sentence, from character `start` of `small` on, behind what was said before it.

    `head` is the text as written, `small` its small letters. Only a sentence that `is_timed` holds
    a word that dates are made of; `is_first` opens the mail.
    """

    head: str
    small: str
    start: int
    language: Language
    sent: date | None
    is_timed: bool
    is_first: bool

    def span(self, found: Expression) -> tuple[int, int]:
        """Return the characters that name the time."""
        tokens = self.sentence.tokens
        return tokens[found.begin].start, tokens[found.stop - 1].end

    @cached_property
    def sentence(self) -> Sentence:
        """Return the tokens, those of what was said before included."""
        return Sentence(tokens_of(self.head), self.language.vocabulary, self.sent)

    @cached_property
    def begin(self) -> int:
        """Return the first token of the sentence itself."""
        return self.index(self.start)

    @property
    def stop(self) -> int:
        """Return the token behind the last one."""
        return len(self.sentence.tokens)

    def index(self, place: int) -> int:
        """Return the first token that begins at or behind character `place`."""
        tokens = self.sentence.tokens
        low, high = 0, len(tokens)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if tokens[middle].start < place else (low, middle)
        return low

    def letters(self, begin: int, stop: int) -> str:
        """Return the small letters from token `begin` up to token `stop`."""
        tokens = self.sentence.tokens
        return self.small[tokens[begin].start : tokens[stop - 1].end] if stop > begin else ""

    def near(self, begin: int, stop: int) -> Expression | None:
        """Return the time behind the cue of those tokens, or the one that opens its clause."""
        is_given = self.language.is_english and self.sentence.word(begin) in words.GIVEN
        behind = self._behind(stop if self.language.is_english else begin, is_given)
        return behind or self.before(begin)

    def then(self, begin: int, stop: int) -> Expression | None:
        """Return the time that "then" behind a cue means: the last one named before."""
        window = self.letters(stop, min(stop + 5, self.stop))
        lead = self.letters(max(begin - 12, self.begin), begin)
        then = self.language.then.search(window) or _THAT_TIME.search(lead) or lead.endswith("then")
        if not then and self.language.after_that.search(window) is None:
            return None
        found, place = None, 0
        while place < begin:
            named = read(self.sentence, place)
            if named is not None and named.stop <= begin:
                found, place = named, named.stop
            else:
                place += 1
        return found if found is None or then else after(found)

    def event(self, stop: int) -> Expression | None:
        """Return the clause that names a time only the author knows ("once the audit is done")."""
        if not self.language.is_english:
            return None
        for place in range(stop, min(stop + 4, self.stop)):
            once = self.language.once.match(self.small, self.sentence.tokens[place].start)
            if once is None:
                continue
            behind = self.small[once.end() : once.end() + 40].lstrip()
            if not behind or _NO_EVENT.match(behind):
                return None
            last = place + 1
            while last < min(place + 10, self.stop):
                if self.sentence.word(last) in words.CLAUSE_ENDS:
                    break
                last += 1
            return Expression(UNKNOWN, AFTER, place, last) if last > place + 1 else None
        return None

    def before(self, begin: int) -> Expression | None:
        """Return the time that opens the cue's clause ("In March you could try again")."""
        english = self.language.is_english
        for place in range(max(self.begin, begin - 20), begin):
            opens = place == self.begin or self.sentence.word(place - 1) in words.OPENERS
            found = read(self.sentence, place) if opens or not english else None
            if found is None or found.stop > begin:
                continue
            gap = [self.sentence.word(i) for i in range(found.stop, begin)]
            bridged = all(word in words.BRIDGES for word in gap)
            if bridged or (not english and len(gap) <= 8 and "," not in gap):
                return found
        return None

    def is_long(self, found: Expression) -> bool:
        """Whether a stretch of two weeks or more was named, with days."""
        return found.stretch.grain == LONG and self.is_known(found)

    def is_known(self, found: Expression) -> bool:
        """Whether the time has days, or could have them if the day of the mail were known."""
        return self.sent is None or found.stretch.known

    def _behind(self, first: int, is_given: bool) -> Expression | None:
        place = first
        while place < min(first + _REACH, self.stop):
            word = self.sentence.word(place)
            if word == "," and self.language.is_english:
                place = self._behind_name(place + 1)
                while self.sentence.word(place) in words.LEADS:
                    place += 1
                return read(self.sentence, place)
            led = place == first and (is_given or self.sentence.word(place - 1) in words.LEADING)
            found = read(self.sentence, place, is_led=led)
            if found is not None:
                past = self.language.is_english and _PAST.search(self.letters(first, place))
                return None if past else found
            if word in words.STOPS and self.language.is_english:
                return None
            place += 1
        return None

    def _behind_name(self, place: int) -> int:
        """Return the token behind "Anna Weiss," where a name explains who was meant."""
        stop = place
        while stop < min(place + 4, self.stop) and self.sentence.tokens[stop].capital:
            stop += 1
        is_name = stop > place and self.sentence.word(stop) == ","
        return stop + 1 if is_name and read(self.sentence, place) is None else place
