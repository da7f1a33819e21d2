"""Which words an attribution is made of: names, days, times, addresses and what joins them."""

from __future__ import annotations

import re

from gateway.mail.languages.attribution import JOINTS, OPENERS, SHORT_DAYS, WROTE
from gateway.mail.languages.dates import MONTHS, WEEKDAYS
from gateway.mail.patterns.alternation import alternation
from gateway.mail.patterns.evidence import ADDRESS, has_address, has_date, has_time

_VERBS = tuple(sorted(WROTE, key=len, reverse=True))
_SPACED = tuple(verb for verb in _VERBS if verb[0].isascii() or ord(verb[0]) < 0x2E80)
_UNSPACED = tuple(verb for verb in _VERBS if verb not in frozenset(_SPACED))
VERB = re.compile(
    rf"(?<!\w)(?:{alternation(map(re.escape, _SPACED))})(?!\w)|{alternation(_UNSPACED)}"
)
_OPENING = frozenset(word for phrase in OPENERS for word in phrase.split())
_DAYS = SHORT_DAYS | frozenset(MONTHS) | frozenset(WEEKDAYS)
_KNOWN = JOINTS | _OPENING | _DAYS
_WORD = re.compile(r"[^\W\d_]+")
_NUMBERED = re.compile(r"(?:19|20)\d\d(?!\d)|\d[./]\d")  # a cheap sign of a date
_KANA = re.compile("[\u3041-\u309f]")
_CONTINUES = re.compile(
    r"[<(\[]|(?:(?:at|um|à|a las?|alle|alle ore|ore|om|às|o|kl|klo|klockan|klokken|kello|saat|v|ve"
    r"|в|о|у|godz)\.? )?\d{1,2} ?[:.h時시时]",
    re.IGNORECASE,
)
_MAX_LENGTH = 300
_MAX_NAMES = 8
_MAX_STRANGE = 2
_MAX_UNSPACED = 8  # letters of a name that is written without blanks


def names_in(text: str) -> int | None:
    """Return how many words of names `text` holds beside an attribution's own words.

    None if any word belongs to neither: somebody says something then.
    """
    words = _others(text)
    return None if len(words) > _MAX_NAMES or any(map(_is_said, words)) else len(words)


def says_little(text: str) -> bool:
    """Whether at most two words of `text` are none of an attribution: a verb nobody knows here."""
    return sum(map(_is_said, _others(text))) <= _MAX_STRANGE


def is_day(word: str) -> bool:
    """Whether `word` (in small letters) names a day or a month, in full or short."""
    return word in _DAYS


def is_whole(text: str) -> bool:
    """Whether `text` says who wrote and when, with a verb of writing or an address."""
    if not (has_date(text) and has_time(text)):
        return False
    addressed = has_address(text)
    return (addressed or VERB.search(text.lower()) is not None) and bool(
        addressed or names_in(text)
    )


def is_complete(text: str) -> bool:
    """Whether an attribution lacks neither the day nor its author."""
    dated = _NUMBERED.search(text) is not None or has_date(text)
    return dated and ("@" in text or names_in(text) != 0)


def continues(above: str, below: str) -> bool:
    """Whether `below` goes on with what `above` left open, whatever blank lines lie between."""
    if _CONTINUES.match(below) or ADDRESS.match(below) or VERB.match(below.lower()):
        return True
    return above.endswith((",", "<")) or above.split()[-1].lower() in JOINTS


def _others(text: str) -> list[str]:
    """Return the words of `text` that are neither an attribution's own nor of an address."""
    text = text[:_MAX_LENGTH]
    lowered = text.lower()
    if len(lowered) == len(text):
        for verb in VERB.finditer(lowered):
            text = text[: verb.start()] + " " * len(verb.group()) + text[verb.end() :]
    return [word for word in _WORD.findall(ADDRESS.sub(" ", text)) if word.lower() not in _KNOWN]


def _is_said(word: str) -> bool:
    """Whether `word` is no part of a name: small letters, or a row of signs too long for one."""
    head = word[0]
    if head != head.upper():
        return True
    return head == head.lower() and (len(word) > _MAX_UNSPACED or _KANA.search(word) is not None)
