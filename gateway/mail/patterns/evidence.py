"""Is there a date, a time or an address in these words? Cuts are made on nothing less."""

from __future__ import annotations

import re

from gateway.mail.languages.dates import MONTHS, WEEKDAYS

# Bounded repeats only: none of these can backtrack over more than a line's worth of text.
ADDRESS = re.compile(r"[\w.+\-]{1,64} ?@ ?[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,6}")
TIME = re.compile(
    r"(?<!\d)\d{1,2} ?[:.h시時点时] ?\d{2}(?!\d)|(?<!\d)\d{1,2} ?(?:am|pm|uhr)\b", re.IGNORECASE
)
_NUMERIC_DATE = re.compile(
    r"(?<!\d)(?:\d{4} ?[-/.年년] ?\d{1,2}|\d{1,2} ?[-/.] ?\d{1,2} ?[-/.] ?(?:\d{4}|\d{2})(?!\d))"
    r"|\d{1,2} ?[月월] ?\d{1,2} ?[日일]"
    r"|(?<!\d)\d{1,2}\.? (?:de |d')?[^\W\d_]{2,14}[.,]{0,2} (?:de |del )?(?:19|20)\d{2}(?!\d)"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_DAY = re.compile(r"(?<!\d)[0-3]?\d(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")


def has_address(text: str) -> bool:
    """Whether a mail address stands in `text`."""
    return "@" in text and ADDRESS.search(text) is not None


def has_time(text: str) -> bool:
    """Whether a clock time stands in `text`."""
    return TIME.search(text) is not None


def has_date(text: str) -> bool:
    """Whether a date stands in `text`: numeric, or the name of a month or weekday with a number."""
    if not _DAY.search(text):
        return False
    if _NUMERIC_DATE.search(text):
        return True
    words = {word.lower() for word in _WORD.findall(text)}
    return not words.isdisjoint(MONTHS) or (
        not words.isdisjoint(WEEKDAYS) and (_YEAR.search(text) is not None or has_time(text))
    )


def has_evidence(text: str) -> bool:
    """Whether `text` holds an address, or a date, or a clock time."""
    return has_address(text) or has_time(text) or has_date(text)
