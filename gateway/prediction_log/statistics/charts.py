"""The geometry of a report's pictures, in units of their viewBox; a template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 400
_ROW = 36
_COLUMNS_HEIGHT = 150
_HEAD = 16  # what the highest column stands for is written above it
_FOOT = 20
_MOST_NAMES = 5
_LETTER = 9  # a letter's width, and a part of the space beside its name


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to draw: its value, and the ends of its interval where it has one."""

    label: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its words above it; its interval is a line from `low` to `high`."""

    label: str
    text: str
    y: int
    width: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars below each other; `mark` is the place of a line through all of them."""

    height: int
    bars: Sequence[Bar]
    mark: float | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column above its name; the name is empty where there is no room for it."""

    x: float
    y: float
    width: float
    height: float
    name: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns side by side between `lines`; `top` is what the highest stands for."""

    height: int
    lines: Sequence[int]
    columns: Sequence[Column]
    top: str


def bars(items: Sequence[Item], scale: float | None = None, mark: float | None = None) -> Bars:
    """Return bars from 0 to `scale`, absent: to the largest value or end of an interval."""
    ends = [item.value for item in items] + [item.high or 0.0 for item in items]
    whole = scale or max([*ends, mark or 0.0, 1e-9])

    def place(value: float | None) -> float | None:
        return None if value is None else round(min(max(value / whole, 0.0), 1.0) * WIDTH, 1)

    drawn = [
        Bar(item.label, item.text, _ROW * row, place(item.value) or 0.0,
            place(item.low), place(item.high))
        for row, item in enumerate(items)
    ]  # fmt: skip
    return Bars(max(_ROW * len(drawn), 1), drawn, place(mark))


def columns(items: Sequence[Item]) -> Columns:
    """Return a column for each item, the first, the last and those between that have room named."""
    most = max([item.value for item in items] + [1e-9])
    room = WIDTH / max(len(items), 1)
    named = _named(items)
    drawn = []
    for place, item in enumerate(items):
        height = round(item.value / most * _COLUMNS_HEIGHT, 1)
        name = item.label if place in named else ""
        anchor = _anchor(place, len(items))
        x = round(place * room + room * 0.1, 2)
        drawn.append(
            Column(x, _HEAD + _COLUMNS_HEIGHT - height, round(room * 0.8, 2), height, name, anchor)
        )
    lines = [_HEAD + _COLUMNS_HEIGHT * part // 2 for part in range(3)]
    return Columns(_HEAD + _COLUMNS_HEIGHT + _FOOT, lines, drawn, f"{most:,.0f}")


def _named(items: Sequence[Item]) -> set[int]:
    """Return the places of the columns whose names have room beside each other, evenly spread."""
    widest = max((len(item.label) for item in items), default=0) * _LETTER
    names = min(_MOST_NAMES, len(items), max(2, WIDTH // max(widest, 1)))
    last = len(items) - 1
    return {round(number * last / max(names - 1, 1)) for number in range(names)}


def _anchor(place: int, count: int) -> str:
    if count <= 1:
        return "middle"
    return "start" if place == 0 else "end" if place == count - 1 else "middle"
