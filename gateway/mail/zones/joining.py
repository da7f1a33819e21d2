"""Find the blocks that calendars and meeting programs add: how to join, by which number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gateway.mail.languages.residue import INVITING, JOIN_LABELS, JOINING

_HOST = re.compile(
    r"https?://(?:[\w\-]{1,60}\.){0,4}(?:teams\.microsoft\.com|teams\.live\.com|zoom\.us|zoomgov\.com"
    r"|meet\.google\.com|tel\.meet|webex\.com|gotomeet(?:ing)?\.(?:com|me)|whereby\.com|aka\.ms"
    r"|meet\.jit\.si|bluejeans\.com|chime\.aws|ringcentral\.com|dialin\.teams\.microsoft\.com)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"<?(?:https?://|tel:|mailto:|sip:)[^\s<>]{1,2000}>?", re.IGNORECASE)
_RULE = re.compile(r"[_\-—–=~*.]{5,}$")
_PHONE = re.compile(r"(?:[•*-] )?\+?[\d(][\d ().\-]{5,22}\d(?:[,#*;\d]{0,30}#?)?(?: [^\n]{0,40})?$")
_TRIM = " \t*_|>•·-–—:.!?"


def joining_blocks(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines of joining instructions: two of their phrases, or one and a meeting's link.

    A link or a number that stands alone, or in a sentence, is its author's.
    """
    run: list[tuple[int, str]] = []
    for index, line in enumerate(lines):
        kind = _kind(line.strip())
        if kind == "words":
            yield from _block(run)
            run = []
        else:
            run.append((index, kind))
    yield from _block(run)


def _block(run: list[tuple[int, str]]) -> Iterator[int]:
    kinds = [kind for _, kind in run]
    told = kinds.count("phrase") + kinds.count("label")
    if "phrase" not in kinds or told + kinds.count("link") < 2:
        return
    marks = [place for place, kind in enumerate(kinds) if kind in ("phrase", "label", "link")]
    start, end = marks[0], marks[-1]
    while start > 0 and kinds[start - 1] in ("rule", "blank"):
        start -= 1
    while end + 1 < len(run) and kinds[end + 1] in ("rule", "blank", "phone"):
        end += 1
    yield from (index for index, _ in run[start : end + 1])


def _kind(line: str) -> str:
    """Return one of blank, rule, phrase, label, link, phone, words."""
    if not line:
        return "blank"
    if len(line) > 2_500:
        return "words"
    if line[0] in "_-—–=~*." and _RULE.match(line):
        return "rule"
    linked = "://" in line
    bare = " ".join(_LINK.sub(" ", line).split()) if linked or "<" in line else line
    text = bare.strip(_TRIM).lower()
    if not text:
        return "link" if _HOST.search(line) else "words"
    if len(text) > 160:
        return "words"
    label = text.partition(":")[0].strip(_TRIM)
    if label in JOIN_LABELS and (":" in text or linked):
        return "label"
    if text.startswith(JOINING) and len(text) <= 90:
        return "phrase"
    if text.endswith(INVITING):
        return "phrase"
    return "phone" if (line[0].isdigit() or line[0] in "+(•*-") and _PHONE.match(bare) else "words"
