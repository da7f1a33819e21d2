"""Read one sentence in one language for words that end all mail, and how sure they are."""

from __future__ import annotations

import re

from gateway.mail.languages.opt_out import (
    CHANNEL,
    LEFT_OVER,
    PASSING,
    REQUESTS,
    TOLD_OTHERS,
    OptOutWords,
)
from gateway.mail.languages.opt_out_whole import POLITE
from gateway.mail.opt_out.limits import removal_limit, silence_limit
from gateway.mail.patterns.alternation import alternation
from gateway.mail.patterns.small_text import words_of
from gateway.mail.types import Strength

_PASSING, _CHANNEL = re.compile(PASSING), re.compile(CHANNEL)
_TOLD_OTHERS, _LEFT_OVER = re.compile(TOLD_OTHERS), re.compile(LEFT_OVER)
_REQUESTS, _ASKING = re.compile(REQUESTS), re.compile(r"[.!]*\?")
_MARK = re.compile('["“”„«»‹›「」『』]')
_OPENED = re.compile(r"(?<!\w)['‚](?=\w)")  # single marks; inside a word it is an apostrophe
_CLOSED = re.compile(r"(?<=[\w.,!?])'(?!\w)")
_MARK_OR_APOSTROPHE = re.compile("[\"“”„«»‹›「」『』'‚]")
_ANY_MARK = re.compile(f"{_MARK.pattern}|(?<!\\w)['‚]|'(?!\\w)")
_BEFORE = 60  # characters in front of a match that may turn it round
_NEAR = 2  # words in front of a right that deny it or ask
_SPEAKER = 20  # of them, those in front of "said" in which its subject stands
_LEAD_CHARS = 200  # in front of a sentence, in which a quotation that holds it may open
_BEHIND_CHARS = 64  # behind it, in which its mark stands, and where mail should go instead
_NEVER = r"(?!)"

Reading = tuple[Strength, int, int]


class Language:
    """One language's ways to end mail, compiled."""

    def __init__(self, words: OptOutWords, is_english: bool = False) -> None:
        self._is_english = is_english
        self.stems = words.stems
        edge = "" if not words.common else r"(?<!\w)(?<!\w')"
        # Most sentences say none of this: one search tells.
        self._at_all = _any((*words.rights, *words.removal, *words.silence, *words.likely), edge)
        self._rights = _any(words.rights, edge)
        self._removal = _any(words.removal, edge)
        self._silence = _any(words.silence, edge)
        self._likely = _any(words.likely, edge)
        self._negation = re.compile(words.negation)
        self._veto = re.compile("|".join(words.vetoes))
        self._condition = re.compile(words.conditions or _NEVER)
        self._others = re.compile(words.others)
        self._reported = re.compile(
            rf"(?:{words.reported or _NEVER})(?=[^.!?\n]{{0,30}}(?::\s*)?\W*$)"
        )
        self._reported_behind = re.compile(words.reported_behind or _NEVER)
        self._speaker = re.compile(words.speaker or _NEVER)

    def may_end(self, stems: set[str]) -> bool:
        """Whether any word's first four letters are those of a word that ends mail."""
        return not self.stems or not self.stems.isdisjoint(stems)

    def read(self, sentence: str, small: str, place: int) -> Reading | None:
        """Return how sure it is and where it stands in the sentence, or None.

        The sentence stands at `place` of `small`, which may have line breaks for its spaces.
        """
        # Marks of quotation end words as commas do; whether they quote is looked at later.
        plain = _ANY_MARK.sub(",", sentence) if _MARK_OR_APOSTROPHE.search(sentence) else sentence
        if self._at_all.search(plain) is None:
            return None
        rights = self._rights.search(plain)
        if rights is not None and not self._is_turned_round(plain, rights):
            is_asked = _ASKING.match(_behind(small, place, sentence)) is not None
            return self._made(sentence, rights, small, place, is_asked, is_right=True)
        removal, silence = self._removal.search(plain), self._silence.search(plain)
        likely = None if removal or silence else self._likely.search(plain)
        if not (removal or silence or likely) or self._veto.search(plain) is not None:
            return None
        if removal is not None and not self._is_negated(plain, removal):
            limit = removal_limit(
                plain, *removal.span(), _behind(small, place, sentence), self._is_english
            )
            if limit != "none":
                return self._made(sentence, removal, small, place, limit is not None)
        if silence is not None and not self._is_passing(
            plain, silence, _behind(small, place, sentence)
        ):
            limit = silence_limit(
                plain, *silence.span(), _behind(small, place, sentence), self._is_english
            )
            if limit != "none":
                return self._made(sentence, silence, small, place, limit is not None)
        if likely is None or self._is_weakened(plain, likely):
            return None
        return "likely", likely.start(), likely.end()

    def _is_weakened(self, sentence: str, match: re.Match[str]) -> bool:
        if not self._is_english:
            return False
        before = sentence[max(match.start() - _BEFORE, 0) : match.start()]
        passing = _PASSING.search(sentence, match.end()) is not None
        return passing or self._negation.search(before) is not None

    def _is_turned_round(self, sentence: str, match: re.Match[str]) -> bool:
        """Whether a veto, a negation or a question right in front takes a right's words back."""
        if self._veto.search(sentence) is not None:
            return True
        before = sentence[max(match.start() - _BEFORE, 0) : match.start()]
        near = before if self._is_english else " ".join(before.split()[-_NEAR:])
        return self._negation.search(near) is not None

    def _is_negated(self, sentence: str, match: re.Match[str]) -> bool:
        before = sentence[max(match.start() - _BEFORE, 0) : match.start()]
        window = before if self._is_english else before + match.group()
        return self._negation.search(window) is not None

    def _is_passing(self, sentence: str, match: re.Match[str], behind: str) -> bool:
        """Whether the ban ends soon, moves to another channel, or is not the author's."""
        if not self._is_english:
            return False
        before = sentence[max(match.start() - _BEFORE, 0) : match.start()]
        if self._negation.search(before) is not None or _PASSING.search(sentence, match.end()):
            return True
        rest = f"{sentence[: match.start()]} | {sentence[match.end() :]} {behind}"
        return _CHANNEL.search(rest) is not None

    def _made(
        self,
        sentence: str,
        match: re.Match[str],
        small: str,
        place: int,
        is_limited: bool,
        *,
        is_right: bool = False,
    ) -> Reading:
        """Take the words for explicit, unless they are another's, asked about, or not for all."""
        start, end = match.span()
        lead, behind = _lead(small, place), _behind(small, place, sentence)
        before = sentence[max(start - _BEFORE, 0) : start]
        is_less = (
            is_limited
            or self._condition.search(before) is not None
            or _is_quoted(lead + sentence, len(lead) + start, len(lead) + end, behind)
            or (not is_right and self._names_others(sentence, start, end))
            or self._is_reported(lead + sentence[:start], sentence[end:])
        )
        if self._is_english and not is_less:
            asks = _ASKING.match(behind) and not _REQUESTS.search(sentence)
            told = _TOLD_OTHERS.search(before)
            is_less = bool(asks or told or _LEFT_OVER.search(sentence[end:]))
        return ("likely" if is_less else "explicit"), start, end

    def _names_others(self, sentence: str, start: int, end: int) -> bool:
        """Whether the words end mail to the author's customers and the like, not to himself."""
        others = self._others.search(sentence, start)
        return others is not None and others.start() < end

    def _is_reported(self, before: str, after: str) -> bool:
        """Whether somebody else than the author is said to say the words."""
        if self._reported_behind.match(after) is not None:
            return True
        before = before[-2 * _BEFORE :]
        said = self._reported.search(before)
        if said is None:
            return False
        return self._speaker.search(before, max(said.start() - _SPEAKER, 0)) is None


def _lead(small: str, place: int) -> str:
    """Return what stands before `place` in its paragraph, or right before it if that announces."""
    before = small[max(place - _LEAD_CHARS, 0) : place]
    if before.rstrip().endswith(":"):
        return before
    return before[before.rfind("\n\n") + 1 :]


def _behind(small: str, place: int, sentence: str) -> str:
    """Return what follows the sentence at `place`."""
    end = place + len(sentence)
    return small[end : end + _BEHIND_CHARS]


def _is_quoted(text: str, start: int, end: int, behind: str) -> bool:
    """Whether `text[start:end]` stands in quotation marks, with words of the author's around them.

    A mail that is nothing but a quotation says what it quotes.
    """
    opened, closed = _quotation(text, start), _quotation_end(text + behind, start, end)
    if opened is None or closed is None:
        return False
    around = {*words_of(text[:opened]), *words_of((text + behind)[closed:])}
    return not around <= POLITE


def _quotation(text: str, start: int) -> int | None:
    """Return where the quotation opens that holds `start`."""
    marks = [mark.start() for mark in _MARK.finditer(text, 0, start)]
    if len(marks) % 2 == 1:
        return marks[-1]
    opened = [mark.start() for mark in _OPENED.finditer(text) if mark.end() <= start]
    return opened[-1] if opened and _CLOSED.search(text, opened[-1], start) is None else None


def _quotation_end(text: str, start: int, end: int) -> int | None:
    """Return where the quotation closes that holds `text[start:end]`."""
    is_double = len(_MARK.findall(text, 0, start)) % 2 == 1
    closed = (_MARK if is_double else _CLOSED).search(text, end)
    return closed.end() if closed else None


def _any(patterns: tuple[str, ...], edge: str) -> re.Pattern[str]:
    return re.compile(f"{edge}(?:{alternation(patterns)})")
