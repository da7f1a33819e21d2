"""Makes time-sortable ids of requests, and accepts those of callers that are safe to repeat."""

import os
import re
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def new_id(now_s: float | None = None) -> str:
    """Return a ULID: 26 characters, 48 bits of milliseconds then 80 random bits.

    Ids made in different milliseconds sort by time; within one they are in random order.
    """
    milliseconds = int((time.time() if now_s is None else now_s) * 1000)
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    pairs = [_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)]
    return "".join(pairs)


def accepted_request_id(given: str | None) -> str | None:
    """Return a caller's request id if it may stand in headers and logs, else None."""
    return given if given and _REQUEST_ID.fullmatch(given) else None
