"""When does the author want to hear from us again? The first wish that comes with a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from gateway.mail.dates.clause import Clause
from gateway.mail.dates.cues import EVENT_WORDS, TIME_WORDS, languages_of, names_event, names_time
from gateway.mail.dates.wishes import times
from gateway.mail.languages.follow_up_context import ASKS, ORDERED
from gateway.mail.patterns.small_text import SmallText, words_of
from gateway.mail.types import FollowUp

_LEAST_CHARS = 3  # shorter sentences name no time
_SHORT = 90  # characters of a mail that may be nothing but a time
_CONTEXT = 400  # characters before a sentence in which its "then" may have been named
_NUMERIC = re.compile(r"\d[./-]\d")
_SENTENCE = re.compile(
    r"[.!?\n](?:(?<!\n)(?<!\d[.!?])[.!?]*(?=\s)|(?<=\d[.!?])[.!?]*(?=\s+[A-Z¿¡])"
    r"|(?<=\n)(?:\s*\n|(?=\s{0,8}[-*•])))"
)
# "Am 10. Februar", "im 2. Quartal": this dot ends no sentence.
_ORDINAL = re.compile(
    rf"(?<![\w.,])\d{{1,2}}\.(?=\s{{1,8}}(?:{'|'.join(sorted(ORDERED))})(?!\w))", re.IGNORECASE
)
_THEN = re.compile(
    r"\b(?:then|that(?:'s| is| day| week| month| quarter| would be|'d be)|that time|after that"
    r"|that point|dann|danach|entonces|então|alors|allora|dan"
    r"|daarna)\b"
)


_DOTTED = re.compile(r"\d\.")
_THEN_WORDS = frozenset(
    "then that dann danach entonces então alors allora dan daarna".split()  # noqa: SIM905
)


def follow_up(page: SmallText, sent: date | None) -> FollowUp | None:
    """Return when the author of `page` asks to be written to again, or None.

    Days are reckoned from `sent`; without it only full dates have days. A wish whose time nobody
    but the author knows ("after the fiscal year") keeps its words and has no days.
    """
    if not may_name_time(page):
        return None
    candidates: list[tuple[bool, FollowUp]] = []
    is_alone = len(page.source) <= _SHORT
    for clause, base in _clauses(page, sent, is_alone):
        for is_wish, found in times(clause, is_alone):
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


def _clauses(page: SmallText, sent: date | None, is_alone: bool) -> Iterator[tuple[Clause, int]]:
    """Yield the sentences that may ask for a time, and at which character their text begins."""
    languages = languages_of(page.words)
    for start, end, timed in _sentences(page):
        for language in languages:
            is_time = is_alone and timed and language.may_be_time(page.small, start, end)
            if not is_time and not language.may_ask(page.small, start, end, timed):
                continue
            is_then = _THEN.search(page.small, start, end) is not None
            base = max(start - _CONTEXT, 0) if is_then else start
            head, small = page.text[base:end], page.small[base:end]
            yield Clause(head, small, start - base, language, sent, timed, start == 0), base


def _sentences(page: SmallText) -> Iterator[tuple[int, int, bool]]:
    """Yield where the sentences lie that may speak of a time, and whether they name one."""
    head, small = page.text, page.small
    named, events = page.words & TIME_WORDS, page.words & EVENT_WORDS
    has_numbers = _NUMERIC.search(small) is not None
    has_then = not page.words.isdisjoint(_THEN_WORDS)
    start = 0
    has_ordinals = _DOTTED.search(head) is not None
    ordinals = {match.end() for match in _ORDINAL.finditer(head)} if has_ordinals else ()
    ends = [match.span() for match in _SENTENCE.finditer(head) if match.end() not in ordinals]
    for end, after in [*ends, (len(head), len(head))]:
        if end - start > _LEAST_CHARS:
            part = small[start:end]
            timed = _any_in(named, part) and names_time(words_of(part))
            timed = timed or (has_numbers and _NUMERIC.search(part) is not None)
            tells = timed or (has_then and _THEN.search(part) is not None)
            if tells or (_any_in(events, part) and names_event(words_of(part))):
                yield start, end, timed
        start = after


def _any_in(words: frozenset[str], part: str) -> bool:
    return any(word in part for word in words)


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
