"""Cut what mail gateways glue on: warning banners above, legal disclaimers below."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.mail.languages.legal import ALONE, BANNER, LEGAL, TAGS
from gateway.mail.languages.residue import SCAN_OPENINGS, SCANNED, SCANNERS, THREATS
from gateway.mail.patterns.alternation import alternation

_BRACKET = re.compile(r"^\s*[\[(【*]{1,3}\s?([^\W\d_][\w \-:]{1,30}?)\s?[\])】*]{1,3}\s*[:\-]?\s*")
_TRIM = " \t*_-–—=|#[](){}<>.:!⚠️🛑❗"
_CUE = re.compile(alternation(map(re.escape, BANNER)))
_TERM = re.compile(alternation(map(re.escape, LEGAL)))
_MAX_BANNER = 900
_LONG = 12


def cut_banner(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return (lines without the banner above them, the banner)."""
    kept = list(lines)
    banner: list[str] = []
    for _ in range(4):
        start = _first_filled(kept)
        if start is None:
            break
        bracket = _BRACKET.match(kept[start][:60])
        if bracket is not None and _tag(bracket.group(1)):
            banner.append(kept[start][: bracket.end()].strip())
            kept[start] = kept[start][bracket.end() :]
            continue
        end = _banner_end(kept, start, bool(banner))
        if end is None:
            break
        banner.extend(kept[start:end])
        kept = kept[end:]
    return kept, banner


def cut_disclaimer(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return (lines without the legal paragraphs that end them, those paragraphs)."""
    end = len(lines)
    cut_at = end
    for _ in range(12):
        while end > 0 and not lines[end - 1].strip():
            end -= 1
        start = end
        while start > 0 and lines[start - 1].strip() and end - start < 80:
            start -= 1
        if start == end:
            break
        legal = _legal_from(lines, start, end, cut_at < len(lines))
        if legal is None:
            break
        cut_at = end = legal
        if legal > start:
            break
    return list(lines[:cut_at]), list(lines[cut_at:])


def _first_filled(lines: list[str]) -> int | None:
    return next((index for index, line in enumerate(lines[:200]) if line.strip(_TRIM)), None)


def _tag(text: str) -> bool:
    return " ".join(text.strip(_TRIM).lower().replace(":", " ").split()) in TAGS


def _banner_end(lines: list[str], start: int, tagged: bool) -> int | None:
    """Return where the banner that starts at `start` ends; None if there is none."""
    first = lines[start]
    if len(first) < 60 and _tag(first):
        return start + 1
    end = start
    while end < len(lines) and lines[end].strip() and end - start < 12:
        end += 1
    head = " ".join(lines[start:end])[:80].lower()
    if _CUE.search(head) is None:
        return None
    for stop in sorted({end, start + 1, min(start + 2, end), min(start + 3, end)}, reverse=True):
        text = " ".join(lines[start:stop])[:_MAX_BANNER].lower()
        if len(text) < _MAX_BANNER and _is_banner(text, lines[stop - 1], tagged):
            return stop
    return None


def _is_banner(text: str, last: str, tagged: bool) -> bool:
    spots = {spot for spot in map(text.find, BANNER) if spot >= 0}
    if not spots or min(spots) > 40:
        return False
    tail = last.lower()
    return len(spots) >= 2 - tagged and any(cue in tail for cue in BANNER)


def _legal_from(lines: Sequence[str], start: int, end: int, more: bool) -> int | None:
    """Return where in the paragraph the legal words begin; None if it is no disclaimer."""
    text = " ".join(lines[start:end])[:4000].lower()
    words = text.count(" ") + 1
    head = text.lstrip(_TRIM + "\"'“").removeprefix("please ").removeprefix("p ")
    alone = head.startswith(ALONE)
    if _is_scan(head, words):
        return start
    if words < _LONG:
        return start if alone else _inner(lines, start, end)
    terms = sum(term in text for term in LEGAL) if _TERM.search(text) else 0
    if alone and (terms >= 1 or words <= 40):
        return start
    if terms >= 2 and not _speaks(text):
        inner = _inner(lines, start, end)
        return start if inner is None else inner
    if more and terms >= 1 and not _speaks(text):
        return start
    return _inner(lines, start, end)


def _is_scan(head: str, words: int) -> bool:
    """Whether a program says that it looked the mail through, and for what."""
    if words > 45 or not head.startswith(SCAN_OPENINGS):
        return False
    if head.startswith(SCANNERS) and words <= _LONG:
        return True
    named = any(term in head for term in THREATS) and any(term in head for term in SCANNED)
    return named and not _speaks(head) and re.search(r"\b(?:we|he|she|our|us)\b", head) is None


def _inner(lines: Sequence[str], start: int, end: int) -> int | None:
    """Find a disclaimer that no blank line parts from the signature above it."""
    for index in range(start + 1, end):
        head = lines[index].strip(_TRIM + "\"'“").lower()
        if head.startswith(ALONE):
            rest = " ".join(lines[index:end]).lower()
            if sum(term in rest for term in LEGAL) >= 1:
                return index
    return None


def _speaks(text: str) -> bool:
    """Say whether a paragraph speaks for its author ("I", "my"): it is not a lawyer's then."""
    return re.search(r"\b(?:i|i'm|i’m|i'll|my|me|our team|ich|je|yo)\b", text) is not None
