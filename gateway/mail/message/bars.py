"""Find the bar that a style draws at the left of a block: what comes later wins, as in CSS."""

from __future__ import annotations

import re

_DECLARATION = re.compile(r"(border[a-z-]{0,24})\s?:([^;]{0,160})")
_BRACKETED = re.compile(r"\([^()]{0,60}\)")
_BLANKS = re.compile(r"[\s,]+")
_ZERO = re.compile(r"0(?:\.0*)?(?:[a-z]{2,3}|%)?$")
_STYLES = frozenset(
    "none hidden solid dashed dotted double groove ridge inset outset".split()  # noqa: SIM905
)
_UNDRAWN = frozenset(("none", "hidden"))
_LEFT = ("border-left", "border-inline-start")
_RIVALS = ("border-top", "border-block-start")
_LONG = ("-width", "-style", "-color")


def left_bar(style: str) -> str | None:
    """Return the CSS value of the border that is drawn at the left alone, or None.

    A border drawn all around is no bar, unless the style names its left side apart.
    """
    left, top, is_apart = "", "", False
    parts: dict[str, tuple[str, str]] = {}
    for name, value in _DECLARATION.findall(style.lower()):
        value = value.replace("!important", " ").strip()
        if name == "border":
            left, top, is_apart, parts = value, value, False, {}
        elif name in _LEFT:
            left, is_apart = value, True
            parts = {part: ("", above) for part, (_, above) in parts.items()}
        elif name in _RIVALS:
            top = value
            parts = {part: (beside, "") for part, (beside, _) in parts.items()}
        elif name.startswith(_LEFT) and name.endswith(_LONG):
            parts[name[-6:]] = (value, parts.get(name[-6:], ("", ""))[1])
            is_apart = True
        elif name.removeprefix("border") in _LONG:
            values = _values(value)
            parts[name[-6:]] = (values[-1 if len(values) != 3 else 1], values[0])
    bar = _with(left, {part: beside for part, (beside, _) in parts.items()})
    if not _is_drawn(bar):
        return None
    rival = _with(top, {part: above for part, (_, above) in parts.items()})
    return bar if is_apart or not _is_drawn(rival) else None


def _values(value: str) -> list[str]:
    """Return the one to four values of a property: top, right, bottom, left."""
    return _words(value)[:4] or [""]


def _with(border: str, parts: dict[str, str]) -> str:
    """Put single properties in the place of those that the border's own value holds."""
    words = _words(border)
    if parts.get("-style"):
        words = [word for word in words if word not in _STYLES]
    if parts.get("-width"):
        words = [word for word in words if not word[:1].isdigit() and word[:1] != "."]
    if parts.get("-color"):
        words = [word for word in words if word in _STYLES or word[:1].isdigit()]
    return " ".join((*words, *filter(None, parts.values())))


def _words(value: str) -> list[str]:
    """Return the words of a value; what stands in brackets, rgb(1, 2, 3), is one with them."""
    return _BRACKETED.sub(lambda match: _BLANKS.sub(",", match.group()), value).split()


def _is_drawn(border: str) -> bool:
    words = _words(border)
    return bool(words) and _UNDRAWN.isdisjoint(words) and not any(map(_ZERO.match, words))
