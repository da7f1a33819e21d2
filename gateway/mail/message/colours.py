"""Tell the colours that mail programs give to the bar beside a quote from an author's own."""

from __future__ import annotations

import re

_HEX = re.compile(r"#([0-9a-f]{3,8})")
_RGB = re.compile(r"rgba?\(\s?(\d{1,3})[\s,]{1,3}(\d{1,3})[\s,]{1,3}(\d{1,3})")
_NAME = re.compile(r"[a-z]{3,}")
_PLAIN = frozenset(
    "solid dashed dotted double groove ridge inset outset none hidden thin medium thick rem calc"  # noqa: SIM905
    " initial inherit unset currentcolor windowtext important transparent black white gray grey"
    " silver lightgray lightgrey darkgray darkgrey dimgray dimgrey gainsboro whitesmoke blue"
    " slategray slategrey lightslategray".split()
)
_BLUE = (16, 16, 255)
_GRAY = 40  # how far apart red, green and blue of a gray may be; Tutanota's is 37


def is_neutral(border: str) -> bool:
    """Whether the CSS value `border` names no colour, a gray, or the blue of quotes."""
    value = border.lower()
    match = _RGB.search(value)
    if match is not None:
        return _is_gray(*map(int, match.groups()))
    match = _HEX.search(value)
    if match is None:
        return "hsl" not in value and all(name in _PLAIN for name in _NAME.findall(value))
    digits = match.group(1)
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    return _is_gray(*(int(digits[at : at + 2], 16) for at in (0, 2, 4)))


def _is_gray(red: int, green: int, blue: int) -> bool:
    if max(red, green, blue) - min(red, green, blue) <= _GRAY:
        return True
    return (red, green, blue) == _BLUE or (red + green == 0 and blue > 200)
