"""Number the items of ordered lists as HTML does: start, value, reversed, letters and Roman."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_KINDS = {
    "a": "a", "A": "A", "i": "i", "I": "I", "lower-alpha": "a", "lower-latin": "a",
    "upper-alpha": "A", "upper-latin": "A", "lower-roman": "i", "upper-roman": "I",
}  # fmt: skip
_STYLE = re.compile(
    r"list-style(?:-type)?\s?:[^;]{0,60}?(?<![\w-])(none|disc|circle|square|\w+-\w+)"
)
_BULLETS = ("none", "disc", "circle", "square")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MAX_ROMAN = 3_999


@dataclass
class _List:
    kind: str  # "" for bullets, 1, a, A, i or I
    number: int
    step: int


@dataclass
class Numbering:
    """The lists that are open, the innermost last; each item is numbered as it is entered."""

    _lists: list[_List] = field(default_factory=list)

    def enter(self, element: Any, tag: str) -> str:
        """Return what is printed before the words of `element`: "2. ", or nothing."""
        if tag in ("ol", "ul"):
            self._lists.append(_list_of(element, tag))
        if tag != "li" or not self._lists:
            return ""
        last = self._lists[-1]
        last.number = _whole(element.get("value"), last.number)
        mark = _printed(last.number, last.kind)
        last.number += last.step
        return f"{mark}. " if mark else ""

    def leave(self, tag: str) -> None:
        """Close the innermost list at the end of an element `tag` that is one."""
        if tag in ("ol", "ul") and self._lists:
            self._lists.pop()


def _list_of(element: Any, tag: str) -> _List:
    style = _STYLE.search((element.get("style") or "")[:500].lower())
    named = style.group(1) if style else ""
    if tag == "ul" or named in _BULLETS:
        return _List("", 1, 1)
    kind = _KINDS.get(named) or _KINDS.get(element.get("type") or "", "1")
    if element.get("reversed") is None:
        return _List(kind, _whole(element.get("start"), 1), 1)
    items = sum(child.tag == "li" for child in element.iterchildren())
    return _List(kind, _whole(element.get("start"), items), -1)


def _whole(value: str | None, default: int) -> int:
    value = (value or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else default


def _printed(number: int, kind: str) -> str:
    if kind in ("a", "A") and number > 0:
        letters = ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord(kind) + rest) + letters
        return letters
    if kind in ("i", "I") and 0 < number <= _MAX_ROMAN:
        letters = ""
        for value, sign in _ROMAN:
            count, number = divmod(number, value)
            letters += sign * count
        return letters if kind == "i" else letters.upper()
    return str(number) if kind else ""
