"""When does the author want to hear from us again? The first wish that comes with a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from gateway.mail.dates.cues import languages_of, names_event, names_time
from gateway.mail.dates.wishes import Clause
from gateway.mail.languages.follow_up import ASKS, ORDERED
from gateway.mail.patterns.small_text import SmallText, words_of
from gateway.mail.types import FollowUp

_LEAST_CHARS = 3  # shorter sentences name no time
_SHORT = 90  # characters of a mail that may be nothing but a time
_CONTEXT = 400  # characters before a sentence in which its "then" may have been named
_NUMERIC = re.compile(r"\d[./-]\d")
_SENTENCE = re.compile(
    r"(?<!\d)[.!?]+(?=\s)|(?<=\d)[.!?]+(?=\s+[A-Z¿¡])|\n\s*\n|\n(?=\s{0,8}[-*•])"
)
# "Am 10. Februar", "im 2. Quartal": this dot ends no sentence.
_ORDINAL = re.compile(
    rf"(?<![\w.,])\d{{1,2}}\.(?=\s{{1,8}}(?:{'|'.join(sorted(ORDERED))})(?!\w))", re.IGNORECASE
)
_THEN = re.compile(
    r"\b(?:then|that time|after that|that point|dann|danach|entonces|então|alors|allora|dan"
    r"|daarna)\b"
)


def follow_up(page: SmallText, sent: date | None) -> FollowUp | None:
    """Return when the author of `page` asks to be written to again, or None.

    Days are reckoned from `sent`; without it only full dates have days. A wish whose time nobody
    but the author knows ("after the fiscal year") keeps its words and has no days.
    """
    if not may_name_time(page):
        return None
    candidates: list[tuple[bool, FollowUp]] = []
    languages = languages_of(page.words)
    for start, end, timed in _sentences(page.text, page.small):
        base = max(start - _CONTEXT, 0)
        head, small = page.text[base:end], page.small[base:end]
        for language in languages:
            clause = Clause(head, small, start - base, language, sent, timed)
            for is_wish, found in clause.times(is_alone=len(page.source) <= _SHORT):
                made = _made(found.bounds(), clause.span(found), base, page.source, sent)
                if is_wish and (made.not_before or made.until):
                    return made
                candidates.append((is_wish, made))
    wishes = [made for is_wish, made in candidates if is_wish]
    dated = [made for _, made in candidates if made.not_before or made.until]
    return next(iter([*dated, *wishes, *(made for _, made in candidates)]), None)


def may_name_time(page: SmallText) -> bool:
    """Whether a word of `page` could name a time to come back; quick, most pages have none."""
    if names_time(page.words) or _NUMERIC.search(page.small) is not None:
        return True
    return names_event(page.words) and not ASKS.isdisjoint(word[:4] for word in page.words)


def _sentences(head: str, small: str) -> Iterator[tuple[int, int, bool]]:
    """Yield where the sentences lie that may speak of a time, and whether they name one."""
    start = 0
    ordinals = {match.end() for match in _ORDINAL.finditer(head)}
    ends = [match.span() for match in _SENTENCE.finditer(head) if match.end() not in ordinals]
    for end, after in [*ends, (len(head), len(head))]:
        if end - start > _LEAST_CHARS:
            part = small[start:end]
            words = words_of(part)
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
