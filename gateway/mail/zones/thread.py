"""Read the mails below the newest one: each one's own words, newest first."""

from __future__ import annotations

from gateway.mail.zones.newest import HEAD_CHARS, newest
from gateway.mail.zones.quotes import quoted_words

MAX_MAILS = 12
_MAX_CHARS = 3 * HEAD_CHARS  # of all rounds together: each round reads what is left below


def older_words(text: str) -> tuple[list[str], bool]:
    """Return (the words of each quoted mail in `text`, whether all were read), newest first.

    Marks, attributions, printed headers, signatures and what programs add are left out.
    `text` is normalised. Linear in its length.
    """
    parts: list[str] = []
    left = _MAX_CHARS
    words = quoted_words(text[:HEAD_CHARS].split("\n"))
    whole = len(text) <= HEAD_CHARS
    for _ in range(MAX_MAILS):
        below = "\n".join(words)
        left -= len(below)
        if not below.strip() or left < 0:
            break
        part = newest(below, is_quoted=True).text
        parts += [part] if part else []
        words = quoted_words(words)
    return parts, whole and not any(line.strip() for line in words)
