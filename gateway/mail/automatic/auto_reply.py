"""Which words of notices stand in a text? They are evidence; a person may have written them."""

from __future__ import annotations

import re

from gateway.mail.languages.bodies import (
    ABSENT,
    ACKNOWLEDGED,
    ADDRESS_CHANGED,
    CHALLENGE,
    INVITED,
    LEFT_COMPANY,
    UNMONITORED,
)
from gateway.mail.languages.bodies_other import BODIES_OTHER
from gateway.mail.languages.delivery import BOUNCED, DELAYED, FAILED, GIVEN_UP, PASSED_ON
from gateway.mail.languages.hints import HINTS
from gateway.mail.patterns.alternation import alternation

BODY_CHARS = 300
_DELAY_CHARS = 2_000
_KINDS = (
    ("bounce", BOUNCED),
    ("calendar", INVITED),
    ("left_company", LEFT_COMPANY),
    ("unmonitored", UNMONITORED),
    ("address_changed", ADDRESS_CHANGED),
    ("challenge", CHALLENGE),
    ("out_of_office", ABSENT),
    ("auto_ack", ACKNOWLEDGED),
)
_PATTERNS = tuple((kind, re.compile(alternation(patterns))) for kind, patterns in _KINDS)
_ANY = re.compile(alternation(pattern for _, patterns in _KINDS for pattern in patterns))
_OTHER = {kind: re.compile(alternation(patterns)) for kind, patterns in BODIES_OTHER.items()}
_ENGLISH = re.compile(r"\b(?:the|and|you|your|is|are|this|that|have|will|for|with)\b")
_ENGLISH_ENOUGH = 3  # so many of these make a text English
_ABSENT = re.compile(alternation(ABSENT))
_DELAYED = re.compile(alternation(DELAYED))
_GIVEN_UP = re.compile(alternation(GIVEN_UP))
_PASSED_ON = re.compile(alternation(PASSED_ON))
_FAILED = re.compile(alternation(FAILED))
_FAILED_MAIL = re.compile(r"\S@\S|\b[45]\.\d{1,3}\.\d{1,3}\b")
_QUESTION = re.compile(r"[?？؟](?!\w)|か。|吗")
_OOO = re.compile(r"\booo\b")
_HINT = re.compile(alternation(HINTS))


def has_hint(text: str) -> bool:
    """Whether the first lines hold anything without which no text is a notice; quick."""
    return _HINT.search(_fold(text[:BODY_CHARS])) is not None


def body_kind(text: str) -> str | None:
    """Return the kind of notice whose words the first 300 characters of `text` hold, or None.

    Meant for a text that has a hint.
    """
    head = _fold(text[:BODY_CHARS])
    if _ANY.search(head) is not None:
        return next(kind for kind, pattern in _PATTERNS if pattern.search(head))
    if len(_ENGLISH.findall(head)) >= _ENGLISH_ENOUGH:
        return None
    return next((kind for kind, _ in _KINDS if _OTHER[kind].search(head)), None)


def speaks_of_absence(text: str) -> bool:
    """Whether somebody, machine or not, says in the first lines that he is away.

    Meant for a text that has a hint.
    """
    return has_ooo(text) or _ABSENT.search(_fold(text[:BODY_CHARS])) is not None


def asks(text: str) -> bool:
    """Whether a question stands in `text`; the "?" inside a link is none."""
    return _QUESTION.search(text) is not None


def speaks_of_delay(text: str) -> bool:
    """Whether a mail server says that it still tries to deliver, and not that it gave up."""
    folded = _fold(text[:_DELAY_CHARS])
    return _DELAYED.search(folded) is not None and _GIVEN_UP.search(folded) is None


def speaks_of_passing_on(text: str) -> bool:
    """Whether a mail server says that it relayed or delivered the mail, and of no failure."""
    folded = _fold(text[:_DELAY_CHARS])
    return _PASSED_ON.search(folded) is not None and _FAILED.search(folded) is None


def names_failed_mail(text: str) -> bool:
    """Whether the first lines name an address or a server's code, as every bounce does."""
    return _FAILED_MAIL.search(text[:_DELAY_CHARS]) is not None


def has_ooo(text: str) -> bool:
    """Whether "OOO", out of office, stands in the first lines."""
    head = text[:BODY_CHARS].lower()
    return "ooo" in head and _OOO.search(head) is not None


def _fold(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").replace("‘", "'").split())
