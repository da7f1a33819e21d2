"""Bound rows of combining marks: Unicode's normal forms sort each row in quadratic time."""

from __future__ import annotations

import re
import unicodedata

# Unicode's stream-safe text format (UAX 15) allows as many; no language needs ten.
_MAX_ROW = 30
_FIRST, _LAST = 0x300, 0x1E94A  # of all marks
_HIGH = 0x10000
# Marks that do not say so themselves, but are spelled with nothing else.
_SPELLED = "\u0f73\u0f75\u0f81\uff9e\uff9f"


def bound_marks(text: str) -> str:
    """Return `text` with at most 30 combining marks in a row; without such rows it is unchanged."""
    if _ROW.search(text) is None:
        return text
    return re.sub(f"([{_MARKS}]{{{_MAX_ROW}}})[{_MARKS}]+", r"\1", text)


def _marks(first: int, last: int) -> str:
    """Return every combining mark between two code points."""
    return "".join(chr(code) for code in range(first, last + 1) if unicodedata.combining(chr(code)))


_LOW_MARKS = _marks(_FIRST, _HIGH - 1) + _SPELLED
_MARKS = _LOW_MARKS + _marks(_HIGH, _LAST)
# All that lies between high marks counts for one here: `re` is fast on one high range alone. A
# single set stands first, so that only its characters are looked at closely.
_PERHAPS = f"[{_LOW_MARKS}\U000101fd-{chr(_LAST)}]"
_ROW = re.compile(f"{_PERHAPS}{_PERHAPS}{{{_MAX_ROW}}}")
