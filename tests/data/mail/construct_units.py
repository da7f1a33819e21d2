"""Pieces that inputs for the cleaner's growth are repeated from: HTML, Unicode, lines, MIME."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TypeVar

Characters = TypeVar("Characters", str, bytes)
WORDS = "Not interested."


def repeated(
    unit: Characters, head: Characters | None = None, tail: Characters | None = None
) -> Callable[[int], Characters]:
    """Return what makes `head`, as many units as fit a size, and `tail`."""
    head, tail = unit[:0] if head is None else head, unit[:0] if tail is None else tail
    return lambda size: head + unit * max((size - len(head) - len(tail)) // len(unit), 1) + tail


def numbered(
    unit: Characters, head: Characters | None = None, tail: Characters | None = None
) -> Callable[[int], Characters]:
    """Return the same of units that each hold their number (`%d`), and so are all distinct."""
    head, tail = unit[:0] if head is None else head, unit[:0] if tail is None else tail
    return lambda size: head + unit[:0].join(_numbered(unit, size - len(head) - len(tail))) + tail


def _numbered(unit: Characters, size: int) -> list[Characters]:
    units: list[Characters] = []
    for number in count():
        piece = unit.replace(_mark(unit), _digits(unit, number))
        size -= len(piece)
        if size < 0 and units:
            return units
        units.append(piece)
    return units


def _mark(unit: Characters) -> Characters:
    return b"%d" if isinstance(unit, bytes) else "%d"


def _digits(unit: Characters, number: int) -> Characters:
    return b"%d" % number if isinstance(unit, bytes) else str(number)
