"""Which HTML elements a reader does not see: hidden whole, or only their own words."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_GONE = re.compile(r"display\s?:\s?none|mso-hide\s?:\s?all|opacity\s?:\s?0(?:\.0+)?\s?(?:;|!|$)")
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
    """What an element hands on to those inside it: whether words there are too small, or unseen."""

    tiny: bool = False
    unseen: bool = False

    @property
    def shows(self) -> bool:
        """Whether words that stand directly in the element are seen."""
        return not (self.tiny or self.unseen)


SEEN = Sight()


def sight_of(element: Any, tag: str, outer: Sight) -> Sight | None:
    """Return what is seen inside `element`, or None if nothing of it ever is.

    `outer` is the sight around it. An element may undo the small letters and the visibility of
    those around it, never their absence.
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
    return Sight(_tiny(style, outer.tiny), _unseen(style, outer.unseen))


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
