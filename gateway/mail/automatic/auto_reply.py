"""Did a machine write this? Subjects and bodies of absence notices, receipts and bounces."""

from __future__ import annotations

import re

from gateway.mail.languages.autoreply import AUTO_SUBJECTS, EXACT, REPLY_PREFIXES
from gateway.mail.languages.bodies import (
    ABSENT,
    ACKNOWLEDGED,
    ADDRESS_CHANGED,
    BOUNCED,
    CHALLENGE,
    INVITED,
    LEFT_COMPANY,
    PERSONAL,
    UNMONITORED,
)
from gateway.mail.patterns.alternation import alternation

BODY_CHARS = 300
_PREFIX = re.compile(r"\s{0,5}([^\W\d_]{1,8})(?:\[\d{1,3}\]|\(\d{1,3}\))? ?[:：]\s{0,5}")
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
_NEVER_PERSONAL = frozenset(("calendar", "challenge"))
_ABSENT = re.compile(alternation(ABSENT))
_PERSONAL = re.compile("|".join(PERSONAL))
# No notice lacks all of these; they spare ordinary replies the long patterns.
_HINTS = (
    "office", "away", r"leave\b", "vacation", "holiday", "access", "return", "auto", "received",
    "mailbox", "inbox", "longer", "retired", "ooo", "has left", "have left",
    r"\bleft \w+ (?:in|on|as)", r"\bpto\b", "sabbatical", "offline", "unavailable", "ticket",
    "monitored", "address", "attend", "travel", "human", "robot", "held", "urlaub", "büro",
    r"haus\b", "abwes", "nicht", "absent", "congé", "bureau", "quitté",
    "(?:travaille|fait|faisons) plus", "oficina", "vacaciones", "ausent", "ufficio", "ferie",
    "assente", "afwezig", "kantoor", "vakantie", "verlof", "escritório", "férias", "frånvar",
    "semester", "kontor", "nieobecn", "urlop", "biur", "loma", "poissa", "dovolen", "отпуск",
    "офис", "отсутств", "работает", "автомат", "[\u3040-\uffdc]", "slut", "fratr", "trabaj",
    "lavora", "werkt", "werkz", "ya no", "não", "pracuje", "casella", "viagem", "viaje", "viaggio",
    "closed", "ledig", "barsel", "deliver", "declined", "accepted", "tentative", "cancel",
    "employ", "will (?:not )?be", "not be", "blocked", "rejected", "out until",
    "(?:out|off|away) (?:on|til|until|from)", "thank", "respond", "check", "request", r"5\.\d",
    "send-only", "reads", "urgen", "dring", "absen", "pilnych", "hastende", "brådsk", "assenza",
    "landed", "reached", "logged", "quote this", "i work", "sender", "new time",
)  # fmt: skip
_HINT = re.compile(alternation(_HINTS))


def strip_prefixes(subject: str) -> str:
    """Drop "Re:", "AW:", "SV:" and their like from the front of a subject, small letters."""
    text = " ".join(subject[:300].split()).lower()
    for _ in range(6):
        match = _PREFIX.match(text)
        if match is None or match.group(1) not in REPLY_PREFIXES:
            break
        text = text[match.end() :]
    return text


def subject_kind(subject: str) -> str | None:
    """Return the kind of machine mail that this subject announces, or None."""
    text = strip_prefixes(subject)
    if not text:
        return None
    for kind, openings in AUTO_SUBJECTS.items():
        for opening in openings:
            if text.startswith(opening) and _ends_well(opening, text[len(opening) :]):
                return kind
    return None


def body_kind(text: str) -> str | None:
    """Return the kind of notice that the first 300 characters of the newest words are, or None."""
    head = _fold(text[:BODY_CHARS])
    if not _HINT.search(head):
        return None
    for kind, pattern in _PATTERNS:
        if pattern.search(head):
            personal = kind not in _NEVER_PERSONAL and _PERSONAL.search(_fold(text[:800]))
            return None if personal else kind
    return None


def speaks_of_absence(text: str) -> bool:
    """Whether somebody, machine or not, says in the first lines that he is away."""
    head = _fold(text[:BODY_CHARS])
    return _HINT.search(head) is not None and (
        _ABSENT.search(head) is not None or re.search(r"\booo\b", head) is not None
    )


def _ends_well(opening: str, rest: str) -> bool:
    if opening[-1] in ":-–]：)":
        return True
    if rest and rest[0].isalpha() and opening[-1].isascii():
        return False
    if opening in EXACT:
        return (
            not rest
            or rest.lstrip()[:1] in (":", "-", "–", "(", "|", "！", "!")
            or (
                re.match(
                    r" (?:until|till|bis|vom|from|\d|hasta|jusqu|tot|fino|até|till|om|t/m)", rest
                )
                is not None
            )
        )
    return True


def _fold(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").replace("‘", "'").split())
