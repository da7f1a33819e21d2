"""Makes time-sortable ids and reads the time within them."""

import os
import time
from datetime import UTC, datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U
_PAIRS = tuple(a + b for a in ALPHABET for b in ALPHABET)
_LETTERS = frozenset(ALPHABET)
_TIME_CHARS = 10
_CHARS = 26


def new_id(now_s: float | None = None) -> str:
    """Return a ULID: 26 characters, 48 bits of milliseconds then 80 random bits.

    Ids made in different milliseconds sort by time; within one they are in random order.
    """
    milliseconds = int((time.time() if now_s is None else now_s) * 1000)
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    pairs = [_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)]
    return "".join(pairs)


def time_of(ulid: str) -> datetime:
    """Return the time within a ULID; raise ValueError for any other text."""
    if len(ulid) != _CHARS or not _LETTERS.issuperset(ulid):
        raise ValueError("not an id")
    milliseconds = 0
    for character in ulid[:_TIME_CHARS]:
        milliseconds = milliseconds << 5 | ALPHABET.index(character)
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError("the time of the id is out of range") from None
