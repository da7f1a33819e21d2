"""A text in small letters with its set of words, made once for all who ask for words first."""

from __future__ import annotations

import re
from dataclasses import dataclass

READ_CHARS = 3_000
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class SmallText:
    """A clean text, its first 3,000 characters in capitals and small letters alike, their words.

    `text` has straight apostrophes; characters stand at the same offsets in all three.
    """

    source: str
    text: str
    small: str
    words: frozenset[str]


def small_text(text: str) -> SmallText:
    """Return the beginning of `text` with straight apostrophes, and its small letters."""
    head = text[:READ_CHARS]
    if not head.isascii():
        head = head.replace("’", "'").replace("‘", "'")
    small = head.lower()
    if len(small) != len(head):  # "İ" becomes two
        small = "".join(c.lower() if len(c.lower()) == 1 else c for c in head)
    return SmallText(text, head, small, frozenset(words_of(small)))


def words_of(small: str) -> list[str]:
    """Return the words and numbers of `small`, in order."""
    return _WORD.findall(small)
