"""Take files off that old programs wrote into the text itself: uuencode and its base64."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BEGIN = re.compile(r"begin(-base64)? [0-7]{3,4} \S[^\n]{0,200}$")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{2,120}={0,2}")
_CODED = re.compile(r"[ -`]{0,66}")  # no small letters
_FULL = 45  # bytes that a line holds at most
HINT = "begin"


def without_files(text: str) -> tuple[str, bool]:
    """Return `text` without the files written into it, and whether there were any.

    A file ends at its own mark, or as far as its lines are coded. Linear in `text`.
    """
    lines = text.split("\n")
    kept: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        match = _BEGIN.match(line) if line.startswith(HINT) else None
        end = None if match is None else _end(lines, index + 1, match.group(1) is not None)
        if end is None:
            kept.append(line)
            index += 1
        else:
            index = end
    return "\n".join(kept), len(kept) < len(lines)


def _end(lines: Sequence[str], start: int, base64: bool) -> int | None:
    """Return the index behind the file whose lines begin at `start`, or None if it is none."""
    index = whole = start
    while index < len(lines):
        line = lines[index].rstrip()
        if line == ("====" if base64 else "end"):
            return index + 1
        if base64 and not _BASE64.fullmatch(line):
            break
        if not base64:
            if not _is_coded(line):
                break
            whole = index + 1 if _is_exact(line) else whole
        index += 1
    end = index if base64 else whole
    return end if end > start else None


def _is_coded(line: str) -> bool:
    """Whether `line` can hold coded bytes; blanks at its end, which are zeros, may be lost."""
    return not line or (
        (ord(line[0]) - 32 <= _FULL or line[0] == "`")
        and _CODED.fullmatch(line) is not None
        and len(line) <= _length(line) + 2
    )


def _is_exact(line: str) -> bool:
    """Whether `line` is as long as its first sign says."""
    return bool(line) and len(line) - 1 == _length(line)


def _length(line: str) -> int:
    return 4 * -(-((ord(line[0]) - 32) % 64) // 3)
