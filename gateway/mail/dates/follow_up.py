"""When does the author want to hear from us again? The first wish that comes with a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from gateway.mail.dates.cues import languages_of, names_event, names_time
from gateway.mail.dates.wishes import Clause
from gateway.mail.types import FollowUp

READ_CHARS = 3_000
_SHORT = 90  # characters of a mail that may be nothing but a time
_CONTEXT = 400  # characters before a sentence in which its "then" may have been named
_WORDS = re.compile(r"\w+")
_NUMERIC = re.compile(r"\d[./-]\d")
_SENTENCE = re.compile(
    r"(?<!\d)[.!?]+(?=\s)|(?<=\d)[.!?]+(?=\s+[A-Z¿¡])|\n\s*\n|\n(?=\s{0,8}[-*•])"
)
_THEN = re.compile(
    r"\b(?:then|that time|after that|that point|dann|danach|entonces|então|alors|allora|dan"
    r"|daarna)\b"
)


def follow_up(text: str, sent: date | None) -> FollowUp | None:
    """Return when `text` (already clean) asks to be written to again, or None.

    Days are reckoned from `sent`; without it only full dates have days. A wish whose time nobody
    but the author knows ("after the fiscal year") keeps its words and has no days.
    """
    head = text[:READ_CHARS]
    small = _small(head)
    head = head.replace("’", "'").replace("‘", "'")
    small = small.replace("’", "'").replace("‘", "'")
    languages = languages_of(frozenset(_WORDS.findall(small)))
    candidates: list[FollowUp] = []
    for start, end, timed in _sentences(head, small):
        for language in languages:
            base = max(start - _CONTEXT, 0)
            clause = Clause(head[base:end], small[base:end], start - base, language, sent, timed)
            for is_wish, found in clause.times(is_alone=len(text) <= _SHORT):
                made = _made(found.bounds(), clause.span(found), base, text, sent)
                if is_wish and (made.not_before or made.until):
                    return made
                candidates.append(made)
    return next((made for made in candidates if made.not_before or made.until), None) or next(
        iter(candidates), None
    )


def may_name_time(text: str) -> bool:
    """Whether `text` holds a word that a time to come back could be named with; quick."""
    small = text[:READ_CHARS].lower()
    words = frozenset(_WORDS.findall(small))
    return names_time(words) or names_event(words) or _NUMERIC.search(small) is not None


def _small(head: str) -> str:
    """Return small letters, as many as there were letters."""
    if head.isascii():
        return head.lower()
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in head)


def _sentences(head: str, small: str) -> Iterator[tuple[int, int, bool]]:
    """Yield where the sentences lie that may speak of a time, and whether they name one."""
    start = 0
    ends = [match.span() for match in _SENTENCE.finditer(head)]
    for end, after in [*ends, (len(head), len(head))]:
        part = small[start:end]
        words = frozenset(_WORDS.findall(part))
        timed = names_time(words) or _NUMERIC.search(part) is not None
        if timed or names_event(words) or _THEN.search(part) is not None:
            yield start, end, timed
        start = after


def _made(
    bounds: tuple[date | None, date | None],
    span: tuple[int, int],
    base: int,
    text: str,
    sent: date | None,
) -> FollowUp:
    not_before, until = bounds
    if not_before is not None and sent is not None:
        not_before = max(not_before, sent)
    start, end = base + span[0], base + span[1]
    return FollowUp(not_before, until, text[start:end], start, end)
