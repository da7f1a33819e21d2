"""Find names that no cue announces: small letters, or an address that repeats them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.mail.languages.firstnames import FIRST_NAMES, MAILBOXES
from gateway.mail.languages.referral import NAMED_DOES, NOT_NAMES
from gateway.mail.patterns.alternation import alternation

_SMALL = re.compile(r"(?<![\w@.'’/\-])[a-z][a-zà-ÿ]{1,11}(?![\w@'’/\-]|\.\w)")
_BEFORE = re.compile(
    r"(?:\b(?:it's|its|thats|that's|that is|that would be|named|called|is|ask|with|to)"
    r"|\b(?:my|our) [\w\-]{2,14},?) $",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"(?:,? (?:in|from|at|over at|over in) [a-z]| \(|,? (?:{'|'.join(NAMED_DOES)})(?!\w))",
    re.IGNORECASE,
)
_PAIRED = re.compile(r"\w{2,12} (?:or|and|&) $")
# Any word may be a name between a cue and one of these.
_TELLING = re.compile(
    r"(?:,? (?:he|she|he's|shes|she's|hes)\b|,? (?:my|our) \w"
    r"| (?:at|on) (?:[\w.+\-]{1,64}@|[+(]?\d)"
    r"| (?:in|from) (?:ops|it|hr|our|the|accounts|finance|sales|legal|marketing|procurement"
    r"|purchasing|security|support|logistics|payroll|engineering|operations)\b)",
    re.IGNORECASE,
)
_STRONG_CUES = (
    r"(?:talk|speak) (?:to|with)|ask for|reach out to|get in touch with|contact|call|ping|cc"
    r"|cc'?ing|cc'?ed|looping in|gave it to|sent it to|(?:forwarded|passed) (?:it |this )?to"
    r"|e-?mail|write to"
)
_STRONG = re.compile(rf"\b(?:{_STRONG_CUES}) $", re.IGNORECASE)
_ANY_STRONG = re.compile(rf"\b(?:{alternation((_STRONG_CUES,), ignore_case=True)}) ")
_SMALL_WORD = re.compile(r"[a-zà-ÿ]{2,12}")
_COMMON = frozenset(
    """anyone someone somebody anybody people folks whoever everyone nobody others another
directly again back today tomorrow tonight later soon now first instead only either both
more most less less them us me him her you it this that these those there here""".replace(
        "\n", " "
    ).split(" ")
)


def small_names(text: str, start: int, end: int, cue: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Yield names without a capital, known ones beside a cue and any beside two of them."""
    # Most sentences hold no known name and no cue strong enough for an unknown one.
    strong = _ANY_STRONG.search(text, start, end) is not None
    if not strong and FIRST_NAMES.isdisjoint(_SMALL_WORD.findall(text, start, end)):
        return
    for match in list(_SMALL.finditer(text, start, end))[:400]:
        word = match.group()
        known = word in FIRST_NAMES
        if not known and (len(word) < 3 or word in NOT_NAMES or word in _COMMON):
            continue
        before = text[max(start, match.start() - 40) : match.start()]
        after = text[match.end() : min(end, match.end() + 40)]
        if known:
            first = _PAIRED.sub("", before)
            if _BEFORE.search(first) or _AFTER.match(after) or _cued(first, cue):
                yield match.start(), word
        elif before.endswith(" ") and _TELLING.match(after) and _STRONG.search(before):
            yield match.start(), word


def _cued(before: str, cue: re.Pattern[str]) -> bool:
    return any(match.end() == len(before) for match in cue.finditer(before + "x"))


def echoed_name(
    text: str, address: str, at: int, name: re.Pattern[str], reach: int = 260
) -> tuple[int, str] | None:
    """Return the name near `at` that the local part of `address` repeats, or None."""
    local = address.partition("@")[0].lower()
    if local in MAILBOXES:
        return None
    begin = max(0, at - reach)
    stop = min(len(text), at + len(address) + 60)
    spots = list(name.finditer(text, begin, stop))
    for match in reversed(spots[-40:]):
        found = match.group(1)
        if match.end() == stop < len(text):
            continue
        if text[match.end() : match.end() + 1] == "@" or found.lower() == local + "s":
            continue
        words = [word.strip(".,").lower() for word in found.split(" ")]
        if any(len(word) > 2 and word not in MAILBOXES and word in local for word in words):
            return match.start(1), found
    return None
