"""Compile the words and moves of notices: whose is this word, what does a sentence do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.mail.languages.dates import MONTHS, WEEKDAYS
from gateway.mail.languages.machine_forms import TECHNICAL_MOVES, TECHNICAL_WORDS
from gateway.mail.languages.notice_moves import NOTICE_MOVES
from gateway.mail.languages.notice_moves_desks import NOTICE_MOVES_DESKS
from gateway.mail.languages.notice_moves_more import NOTICE_MOVES_MORE
from gateway.mail.languages.notice_phrases import GREETINGS, NOTICE_PHRASES, SHORT_DATES
from gateway.mail.languages.notice_unspaced import UNSPACED_MOVES, UNSPACED_WORDS
from gateway.mail.languages.notice_words import NOTICE_WORDS
from gateway.mail.languages.notice_words_desks import NOTICE_WORDS_DESKS
from gateway.mail.languages.notice_words_more import NOTICE_WORDS_MORE
from gateway.mail.languages.signoffs import STRONG

_NAMES = 5
_STEM = 3
_I = "(?<![系繫络絡])我"  # "contact me" is no piece of a notice
_LETTERS = re.compile(r"[\W\d_a-z]+")


@dataclass(frozen=True)
class Wording:
    """One language that parts its words; `bit` is its place in the masks of `languages_of`.

    `phrases` are taken out of a sentence before its words are looked at, `names` is how many
    words with a capital may be nobody's but a person's or a firm's.
    """

    bit: int
    names: int
    phrases: re.Pattern[str] | None
    moves: Mapping[str, re.Pattern[str]]

    def moves_in(self, sentence: str) -> set[str]:
        """Return the names of the moves in `sentence` (small letters)."""
        return {name for name, pattern in self.moves.items() if pattern.search(sentence)}


@dataclass(frozen=True)
class Unspaced:
    """One language that writes its words together: pieces to take out, and the moves."""

    pieces: re.Pattern[str]
    moves: Mapping[str, re.Pattern[str]]

    def leftover(self, sentence: str) -> int:
        """Count the letters of `sentence` that are no piece of this language's notices."""
        return len(_LETTERS.sub("", self.pieces.sub("", sentence)))

    def moves_in(self, sentence: str) -> set[str]:
        """Return the names of the moves in `sentence`."""
        return {name for name, pattern in self.moves.items() if pattern.search(sentence)}


def languages_of(word: str) -> int:
    """Return the bits of all languages whose notices use `word` (small letters)."""
    mask = _WORDS.get(word, 0)
    for stem, bits in _STEMS.get(word[:_STEM], ()):
        if word.startswith(stem):
            mask |= bits
    return mask


def is_known(word: str) -> bool:
    """Whether notices of any language use `word` (small letters), alone or in a phrase."""
    return word in _PHRASED or languages_of(word) != 0


_MOVES = {**NOTICE_MOVES, **NOTICE_MOVES_MORE, "technical": TECHNICAL_MOVES}
_WORDS_OF = {
    **NOTICE_WORDS,
    **NOTICE_WORDS_MORE,
    "technical": f"{NOTICE_WORDS['en']} {TECHNICAL_WORDS}",
}
_EVERY_LANGUAGE = (1 << len(_MOVES)) - 1


def _moves_of(language: str) -> dict[str, str]:
    """Join what absent people and what desks, mailboxes and servers say in a language."""
    moves = dict(_MOVES[language])
    for move, pattern in NOTICE_MOVES_DESKS.get(language, {}).items():
        moves[move] = f"{moves[move]}|{pattern}" if move in moves else pattern
    return moves


def _listed(language: str) -> set[str]:
    words = f"{_WORDS_OF[language]} {NOTICE_WORDS_DESKS.get(language, '')}"
    return set(re.sub(r"[^\w* ]", " ", words).split())


def _compiled(moves: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in moves.items()}


def _wordings() -> tuple[Wording, ...]:
    wordings = []
    for place, language in enumerate(_MOVES):
        phrases = "|".join(NOTICE_PHRASES.get(language, ()))
        wordings.append(
            Wording(
                bit=1 << place,
                names=3 if language == "de" else _NAMES,  # every German noun has a capital
                phrases=re.compile(phrases, re.IGNORECASE) if phrases else None,
                moves=_compiled(_moves_of(language)),
            )
        )
    return tuple(wordings)


def _indexed() -> tuple[dict[str, int], dict[str, list[tuple[str, int]]]]:
    """Return whole words, and stems by their first letters, with the bits of their languages."""
    dates = {word for word in (*MONTHS, *WEEKDAYS) if len(word) > 3}
    words = dict.fromkeys(dates | SHORT_DATES, _EVERY_LANGUAGE)
    stems: dict[str, list[tuple[str, int]]] = {}
    for place, language in enumerate(_MOVES):
        for entry in _listed(language):
            if not entry.endswith("*"):
                words[entry] = words.get(entry, 0) | 1 << place
            elif len(entry) > _STEM:
                stems.setdefault(entry[:_STEM], []).append((entry[:-1], 1 << place))
    return words, stems


def _unspaced(language: str) -> Unspaced:
    pieces = sorted(set(UNSPACED_WORDS[language].split()), key=len, reverse=True)
    joined = re.compile("|".join((*map(re.escape, pieces), _I)))
    return Unspaced(joined, _compiled(UNSPACED_MOVES[language]))


# Words of phrases, greetings and closings, which stand for themselves in no list of words.
_PHRASED = frozenset(
    re.findall(
        r"[^\W\d_]+",
        " ".join((*GREETINGS, *STRONG, *(p for ps in NOTICE_PHRASES.values() for p in ps))).replace(
            r"\b", " "
        ),
    )
)
WORDINGS = _wordings()
_WORDS, _STEMS = _indexed()
UNSPACED = tuple(map(_unspaced, UNSPACED_MOVES))
