"""Tells whether somebody is greeted by name, as people greet people."""

from __future__ import annotations

import re

from gateway.mail.automatic.wording import is_known
from gateway.mail.languages.notice_phrases import (
    ADDRESSEES,
    GREETINGS,
    GREETINGS_OF_PEOPLE,
    TITLES,
    UNSPACED_NAMED,
)

_MAX_CHARS, _MAX_NAMES = 80, 3
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
_ENDS = re.compile(r"\s*[,!:;–—-]|\s*[.]?\s*$")
_UNSPACED = re.compile(UNSPACED_NAMED)
_OPENING = GREETINGS | GREETINGS_OF_PEOPLE


def greets_by_name(text: str) -> bool:
    """Whether `text` opens with a name, behind a greeting or before a comma ("Sam, ...").

    A machine greets nobody ("Hello,") or anybody ("Dear customer"). Names are told by what they
    are not: words of greetings or notices; a name that is such a word, too ("Mark"), has a capital
    and stands alone between the greeting and the next mark.
    """
    line = text.lstrip().split("\n", 1)[0][:_MAX_CHARS]
    if _UNSPACED.search(line):
        return True
    greeting, rest = _parted(line)
    behind_comma = bool(greeting) and rest.startswith(",")
    rest = rest.lstrip(", ")
    names = _names(rest)
    if not names or names[0].lower() in ADDRESSEES:
        return False
    end = rest[_end_of(rest, len(names)) :]
    closed = _ENDS.match(end) is not None
    unknown = not is_known(names[0].lower())
    if behind_comma or not greeting:
        capital = all(name[0].isupper() for name in names)
        return unknown and capital and closed and (bool(greeting) or end.startswith(","))
    return unknown or (closed and names[0][0].isupper())


def _parted(line: str) -> tuple[str, str]:
    """Split the words of a greeting, titles with them, from what follows."""
    end = 0
    while match := _WORD.match(line, end):
        word = match[0].rstrip(".").lower()
        is_title = word in TITLES
        if word not in _OPENING and not is_title:
            break
        stop = match.end() if is_title else match.start() + len(match[0].rstrip("."))
        blank = len(line[stop:]) - len(line[stop:].lstrip(" "))
        end = stop + blank
    return line[:end], line[end:]


def _names(rest: str) -> list[str]:
    """Return the words up to the next mark, at most as many as a name has; the first if more."""
    words = re.split(r"[,!.:;–—]|\s-", rest, maxsplit=1)[0].split()
    names = [word for word in words if _WORD.fullmatch(word)]
    return names if len(words) <= _MAX_NAMES and len(names) == len(words) else names[:1]


def _end_of(rest: str, count: int) -> int:
    matches = list(_WORD.finditer(rest))
    last = matches[count - 1]
    return last.end() - last[0].endswith(".")
