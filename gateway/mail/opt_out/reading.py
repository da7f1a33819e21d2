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
from gateway.mail.patterns.alternation import alternation
from gateway.mail.types import Strength

_PASSING, _CHANNEL = re.compile(PASSING), re.compile(CHANNEL)
_IF = re.compile(r"\b(?:if|unless|otherwise|or else|falls|wenn|sinon|si|als|se|jeśli|если)\b")
_TOLD_OTHERS, _LEFT_OVER = re.compile(TOLD_OTHERS), re.compile(LEFT_OVER)
_REQUESTS, _ASKING = re.compile(REQUESTS), re.compile(r"[.!]*\?")
_MARK = re.compile('["“”„«»]')
_BEFORE = 60  # characters in front of a match that may turn it round

Reading = tuple[Strength, int, int]


class Language:
    """One language's ways to end mail, compiled."""

    def __init__(self, words: OptOutWords, is_english: bool = False) -> None:
        self._is_english = is_english
        self._stems = words.stems
        edge = "" if not words.common else r"(?<![\w'])"
        # Most sentences say none of this: one search tells.
        self._at_all = _any((*words.removal, *words.silence, *words.likely), edge)
        self._removal = _any(words.removal, edge)
        self._silence = _any(words.silence, edge)
        self._likely = _any(words.likely, edge)
        self._negation = re.compile(words.negation)
        self._veto = re.compile("|".join(words.vetoes))

    def may_end(self, stems: set[str]) -> bool:
        """Whether any word's first four letters are those of a word that ends mail."""
        return not self._stems or not self._stems.isdisjoint(stems)

    def read(self, sentence: str, behind: str) -> Reading | None:
        """Return how sure it is and where it stands, or None; `behind` is what follows it."""
        if self._at_all.search(sentence) is None:
            return None
        removal, silence = self._removal.search(sentence), self._silence.search(sentence)
        likely = None if removal or silence else self._likely.search(sentence)
        if not (removal or silence or likely) or self._veto.search(sentence) is not None:
            return None
        if removal is not None and not self._is_negated(sentence, removal):
            return self._made(sentence, removal, behind)
        if silence is not None and not self._is_passing(sentence, silence, behind):
            return self._made(sentence, silence, behind)
        if likely is None or self._is_weakened(sentence, likely):
            return None
        return "likely", likely.start(), likely.end()

    def _is_weakened(self, sentence: str, match: re.Match[str]) -> bool:
        if not self._is_english:
            return False
        before = sentence[max(match.start() - _BEFORE, 0) : match.start()]
        passing = _PASSING.search(sentence, match.end()) is not None
        return passing or self._negation.search(before) is not None

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

    def _made(self, sentence: str, match: re.Match[str], behind: str) -> Reading:
        """Take the words for explicit, unless they are another's, asked about, or not for all."""
        before = sentence[max(match.start() - _BEFORE, 0) : match.start()]
        is_less = _IF.search(before) is not None or _is_quoted(sentence, match)
        if self._is_english and not is_less:
            asks = _ASKING.match(behind) and not _REQUESTS.search(sentence)
            told = _TOLD_OTHERS.search(before)
            is_less = bool(asks or told or _LEFT_OVER.search(sentence[match.end() :]))
        return ("likely" if is_less else "explicit"), match.start(), match.end()


def _is_quoted(sentence: str, match: re.Match[str]) -> bool:
    """Whether the words stand in quotation marks that open before them in their sentence."""
    before, rest = sentence[: match.start()], sentence[match.end() :]
    return len(_MARK.findall(before)) % 2 == 1 and _MARK.search(rest) is not None


def _any(patterns: tuple[str, ...], edge: str) -> re.Pattern[str]:
    return re.compile(f"{edge}(?:{alternation(patterns)})")
