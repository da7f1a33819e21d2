"""Varies texts and the mail they answer, once an epoch, in ways that keep every label."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from trunkline.reply_context import needs_context

_Random = np.random.Generator

_NAMES = (
    "Alex", "Maria", "Tom", "Priya", "Jonas", "Chen", "Fatima", "Luis", "Anna", "Sam", "Yuki",
    "Olga", "Ben", "Ingrid", "Kofi", "Claire", "Diego", "Mei", "Omar", "Eva",
)  # fmt: skip
_GREETINGS = ("Hi {},", "Hello {},", "Dear {},", "Hey {},", "{},")
_FAREWELLS = ("Best, {}", "Regards, {}", "Thanks, {}", "Cheers, {}", "{}")
_REFERENCES = ("Ref {}", "Ticket #{}", "[#{}]", "Case {}", "ref: {}", "({})")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_EMOJI = ("\N{SLIGHTLY SMILING FACE}", "\N{THUMBS UP SIGN}", "\N{WINKING FACE}", ":)", ";)")
_ASIDES = (
    "Sent from my phone.", "Sorry for the slow answer.", "I was travelling last week.",
    "It has been raining here all day.", "Writing this between two meetings.",
    "Our office moved to the third floor.", "Excuse the typos.", "Just back at my desk.",
    "The trains were late again today.", "My calendar is a mess this month.",
)  # fmt: skip
_SHORTEST_TYPO = 5


def varied(
    texts: Sequence[str], contexts: Sequence[str], random: _Random, share: float, foreign: float
) -> tuple[list[str], list[str]]:
    """Return texts and contexts as one epoch reads them, in order.

    Of the short texts without a context, `foreign` of them (expected) get another text's: such
    mail must not matter. Then `share` of all texts are varied, unless that made one with a
    context longer than serving reads with it.
    """
    read = _with_foreign(texts, contexts, random, foreign)
    changed = []
    for text, context, draw in zip(texts, read, random.random(len(texts)), strict=True):
        other = vary(text, random) if draw < share else text
        changed.append(text if context and not needs_context(other) else other)
    return changed, read


def vary(text: str, random: _Random) -> str:
    """Change one thing that says nothing: a number, a date, case, greeting, typo, aside."""
    return _VARIATIONS[int(random.integers(len(_VARIATIONS)))](text, random)


def append_reference(text: str, random: _Random) -> str:
    """Add a reference, a ticket's id or a time stamp behind the text."""
    number = int(random.integers(10 ** int(random.integers(3, 6)), 2 * 10**9))
    form = _REFERENCES[int(random.integers(len(_REFERENCES)))]
    return f"{text}{_gap(random)}{form.format(number)}"


def append_date(text: str, random: _Random) -> str:
    """Add a date behind the text, in one of three forms."""
    day, month = int(random.integers(1, 29)), int(random.integers(12))
    year = int(random.integers(2023, 2028))
    forms = (
        f"{year}-{month + 1:02}-{day:02}",
        f"{day} {_MONTHS[month]} {year}",
        f"{month + 1}/{day}/{year}",
    )
    return f"{text}{_gap(random)}{forms[int(random.integers(len(forms)))]}"


def lower(text: str, _random: _Random) -> str:
    """Write all in lower case."""
    return text.lower()


def drop_final_punctuation(text: str, _random: _Random) -> str:
    """Leave out full stops and exclamation marks at the end; a question stays one."""
    return text.rstrip().rstrip(".!") or text


def greet(text: str, random: _Random) -> str:
    """Put a greeting with a name in front."""
    return f"{_named(_GREETINGS, random)}{_gap(random)}{text}"


def sign(text: str, random: _Random) -> str:
    """Put a farewell with a name behind."""
    return f"{text}{_gap(random)}{_named(_FAREWELLS, random)}"


def mistype(text: str, random: _Random) -> str:
    """Swap two neighbouring letters inside one longer word."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= _SHORTEST_TYPO and word.isalpha()]
    if not long:
        return text
    chosen = long[int(random.integers(len(long)))]
    word = words[chosen]
    at = int(random.integers(1, len(word) - 2))
    words[chosen] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def add_emoji(text: str, random: _Random) -> str:
    """Add an emoji or an emoticon behind the text."""
    return f"{text} {_EMOJI[int(random.integers(len(_EMOJI)))]}"


def add_aside(text: str, random: _Random) -> str:
    """Add one sentence that has nothing to do with the matter, in front or behind."""
    aside = _ASIDES[int(random.integers(len(_ASIDES)))]
    pair = (aside, text) if random.random() < 0.5 else (text, aside)
    return _gap(random).join(pair)


_VARIATIONS: tuple[Callable[[str, _Random], str], ...] = (
    append_reference,
    append_date,
    lower,
    drop_final_punctuation,
    greet,
    sign,
    mistype,
    add_emoji,
    add_aside,
)


def _with_foreign(
    texts: Sequence[str], contexts: Sequence[str], random: _Random, foreign: float
) -> list[str]:
    pool = sorted({context for context in contexts if context})
    draws = random.random(len(texts))
    others = random.integers(max(len(pool), 1), size=len(texts))
    read = list(contexts)
    for i, text in enumerate(texts):
        if pool and not contexts[i] and draws[i] < foreign and needs_context(text):
            read[i] = pool[int(others[i])]
    return read


def _named(forms: Sequence[str], random: _Random) -> str:
    form = forms[int(random.integers(len(forms)))]
    return form.format(_NAMES[int(random.integers(len(_NAMES)))])


def _gap(random: _Random) -> str:
    return " " if random.random() < 0.5 else "\n\n"
