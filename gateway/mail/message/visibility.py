"""Which HTML elements a reader does not see: hidden whole, or only their own words."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_GONE = re.compile(
    r"display\s?:\s?none|mso-hide\s?:\s?all"
    r"|opacity(?<![\w-]opacity)(?:\s?:\s?(?:0?\.)?0+%?\s?(?:;|!|$)|\(\s?(?:0?\.)?0+%?\s?\))"
)
# Farther from the page than any hanging line.
_FAR = r"-(?:[5-9]\d\d(?!\d)|\d{4}|\d{3}(?:r?em|ex|v[wh]|%))"
_IS_FAR = re.compile(_FAR)
_MOVED = re.compile(rf"(?<![\w-])(?:left|top|right|bottom|inset)\s?:[^;]{{0,40}}?{_FAR}")
_PLACED = re.compile(r"position\s?:\s?(?:absolute|fixed|relative)")
_SHIFTED = re.compile(
    rf"(?<![\w-])margin(?:-left|-top)?\s?:[^;]{{0,40}}?{_FAR}|translate\w{{0,2}}\([^);]{{0,40}}?{_FAR}"
)
_CUT_OUT = re.compile(
    r"(?<![\w-])clip\s?:\s?rect\(\s?(?:[01](?:px|em|%)?[\s,]{0,3}){4}\)"
    r"|clip-path\s?:\s?(?:inset\(\s?(?:[5-9]\d|100)%|circle\(\s?0(?![.\d])"
    r"|polygon\((?:\s?0(?:px|%)?[\s,]{1,3}){3,16}0(?:px|%)?\s?\))"
)
_INDENT = re.compile(rf"text-indent\s?:\s?(?:({_FAR})|)")
_COLOURLESS = re.compile(r"(?<![\w-])color\s?:\s?transparent|scale\w{0,2}\(\s?0\s?[,)]")
_FLAT = re.compile(r"(?<![\w-])(?:max-)?(?:height|width)\s?:\s?[01](?:\.0+)?(?:p[xt])?\s?(?:;|!|$)")
_CLIPPED = re.compile(r"overflow(?:-[xy])?\s?:\s?hidden")
_SIZE = re.compile(
    r"(?<![\w-])font(?:-size)?\s?:[^;]{0,60}?(?<![\w.#-])(\d{0,4}\.?\d{1,4})(px|pt|em|rem|ex|%)?"
)
_NAMED_SIZE = re.compile(r"font-size\s?:\s?(?:xx?-)?(?:small|medium|large|smaller|larger)")
_VISIBILITY = re.compile(r"visibility\s?:\s?(hidden|collapse|visible)")
# Boxes that grow with what is in them, whatever height they are given.
_GROWING = frozenset(("table", "tbody", "thead", "tfoot", "tr", "td", "th"))
_MAX_STYLE = 500


class Sight(NamedTuple):
    """What an element hands on to those inside it: what keeps words there from being seen."""

    tiny: bool = False
    unseen: bool = False
    indented: bool = False  # so far that it is out of the page

    @property
    def shows(self) -> bool:
        """Whether words that stand directly in the element are seen."""
        return not (self.tiny or self.unseen or self.indented)


SEEN = Sight()


def sight_of(element: Any, tag: str, outer: Sight) -> Sight | None:
    """Return what is seen inside `element`, or None if nothing of it ever is.

    `outer` is the sight around it. An element may undo the small letters and the visibility of
    those around it, and how far they are indented, never their absence.
    """
    if element.get("hidden") is not None:
        return None
    style = element.get("style")
    if style is None:
        return outer
    style = str(style)[:_MAX_STYLE].lower()
    if _GONE.search(style):
        return None
    if tag not in _GROWING and _FLAT.search(style) and _CLIPPED.search(style):
        return None
    if _is_elsewhere(style):
        return None
    return Sight(
        _tiny(style, outer.tiny), _unseen(style, outer.unseen), _indented(style, outer.indented)
    )


def _is_elsewhere(style: str) -> bool:
    """Whether an element is moved out of the page, clipped to nothing, or drawn in no colour."""
    if "-" in style and _IS_FAR.search(style) is not None and _is_moved(style):
        return True
    if "clip" in style and _CUT_OUT.search(style) is not None:
        return "clip-path" in style or _PLACED.search(style) is not None
    return ("transparent" in style or "scale" in style) and _COLOURLESS.search(style) is not None


def _tiny(style: str, outer: bool) -> bool:
    if "font" not in style:
        return outer
    match = _SIZE.search(style)
    if match is None:
        return outer and _NAMED_SIZE.search(style) is None
    size, unit = float(match.group(1)), match.group(2) or ""
    if unit in ("em", "ex", "%"):
        # Relative to letters around it: nothing of nothing is nothing.
        return outer or size == 0
    return size == 0 or (size <= 1 and unit in ("px", "pt"))


def _unseen(style: str, outer: bool) -> bool:
    match = _VISIBILITY.search(style)
    return outer if match is None else match.group(1) != "visible"


def _is_moved(style: str) -> bool:
    if _SHIFTED.search(style) is not None:
        return True
    return _MOVED.search(style) is not None and _PLACED.search(style) is not None


def _indented(style: str, outer: bool) -> bool:
    match = _INDENT.search(style) if "text-indent" in style else None
    return outer if match is None else match.group(1) is not None
