"""Perturbs one text in one way that no label depends on; pure: the chance is handed in."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from heads.training.perturbations.vocabulary import Typo, Vocabulary

T = TypeVar("T")
Random = np.random.Generator
Change = Callable[[str, Vocabulary, Random], str]

_FIRST_SECOND, _LAST_SECOND = 1_640_995_200, 1_893_456_000
"""2022 to 2029, of which dates and time stamps are drawn."""

_PLAIN_WORD = re.compile(r"(?<![\w@.'/-])[A-Za-z]{4,}(?![\w@'/-]|\.\w)")


@dataclass(frozen=True)
class Kind:
    """One way to change a text."""

    name: str
    change: Change


def reference(text: str, words: Vocabulary, random: Random) -> str:
    """Put a reference number behind the text."""
    return _after(text, _numbered(words.references, random), random)


def ticket(text: str, words: Vocabulary, random: Random) -> str:
    """Put a ticket's id behind the text."""
    return _after(text, _numbered(words.tickets, random), random)


def date(text: str, words: Vocabulary, random: Random) -> str:
    """Put a date behind the text."""
    return _after(text, _dated(words.dates, random), random)


def timestamp(text: str, words: Vocabulary, random: Random) -> str:
    """Put a time stamp behind the text, seconds since 1970 among them."""
    return _after(text, _dated(words.timestamps, random), random)


def name(text: str, words: Vocabulary, random: Random) -> str:
    """Put the author's own first name behind the text."""
    return _after(text, _named(words.name_forms, words, random), random)


def signature(text: str, words: Vocabulary, random: Random) -> str:
    """Close with the author's signature, on lines of its own."""
    return f"{text}\n\n{_named(words.signatures, words, random)}"


def greeting(text: str, words: Vocabulary, random: Random) -> str:
    """Open with a greeting of the reader."""
    return f"{_named(words.greetings, words, random)}{_gap(random)}{text}"


def emoji(text: str, words: Vocabulary, random: Random) -> str:
    """Put a friendly sign behind the text."""
    return f"{text} {_pick(words.emoji, random)}"


def sentence(text: str, words: Vocabulary, random: Random) -> str:
    """Put one sentence before or behind the text that has nothing to do with it."""
    other = _pick(words.sentences, random)
    return f"{other} {text}" if random.random() < 0.5 else _after(text, other, random)


def casing(text: str, words: Vocabulary, random: Random) -> str:
    """Write all in lower case, or all in capitals."""
    return text.lower() if random.random() < 0.5 else text.upper()


def typo(text: str, words: Vocabulary, random: Random) -> str:
    """Mistype one word of four letters or more, no address or number; a text without one stays."""
    places = list(_PLAIN_WORD.finditer(text))
    if not places:
        return text
    match = places[int(random.integers(len(places)))]
    wrong = _mistyped(match[0], _pick(words.typos, random), int(random.integers(1, len(match[0]))))
    return text[: match.start()] + wrong + text[match.end() :]


def spelling(text: str, words: Vocabulary, random: Random) -> str:
    """Turn a British form into its American one, or the other way; a text without any stays."""
    for form, other in words.spellings:
        changed = re.sub(rf"\b{re.escape(form)}\b", other, text)
        if changed != text:
            return changed
    return text


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("reference", reference),
        Kind("ticket", ticket),
        Kind("date", date),
        Kind("timestamp", timestamp),
        Kind("name", name),
        Kind("signature", signature),
        Kind("greeting", greeting),
        Kind("emoji", emoji),
        Kind("sentence", sentence),
        Kind("casing", casing),
        Kind("typo", typo),
        Kind("spelling", spelling),
    )
}


def _mistyped(word: str, how: Typo, at: int) -> str:
    """Mistype `word` around its letter `at`, counted from 0; 1 <= at < len(word)."""
    if how == "swap":
        return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    if how == "drop":
        return word[:at] + word[at + 1 :]
    if how == "double":
        return word[:at] + word[at] + word[at:]
    return f"{word[:at]} {word[at:]}"


def _numbered(forms: Sequence[str], random: Random) -> str:
    return _pick(forms, random).format(n=_number(random))


def _named(forms: Sequence[str], words: Vocabulary, random: Random) -> str:
    three_digits = int(random.integers(100, 1000))
    return _pick(forms, random).format(name=_pick(words.names, random), n=three_digits)


def _dated(forms: Sequence[str], random: Random) -> str:
    seconds = int(random.integers(_FIRST_SECOND, _LAST_SECOND))
    when = datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC)
    return _pick(forms, random).format(
        year=when.year,
        month=when.month,
        day=when.day,
        hour=when.hour,
        minute=when.minute,
        second=when.second,
        month_name=_MONTHS[when.month - 1],
        weekday=_WEEKDAYS[when.weekday()],
        unix=seconds,
    )


_MONTHS = (
    "Jan", "Feb", "March", "April", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec",
)  # fmt: skip
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _number(random: Random) -> int:
    """Draw a number of three to ten digits."""
    return int(random.integers(10 ** int(random.integers(2, 6)), 2 * 10**9))


def _after(text: str, more: str, random: Random) -> str:
    return f"{text}{_gap(random)}{more}"


def _gap(random: Random) -> str:
    return " " if random.random() < 0.5 else "\n\n"


def _pick(options: Sequence[T], random: Random) -> T:
    return options[int(random.integers(len(options)))]
