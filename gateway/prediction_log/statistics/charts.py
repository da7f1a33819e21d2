"""The geometry of a report's pictures, in units of their viewBox; a template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 400
_ROW = 36
_COLUMNS_HEIGHT = 150
_FOOT = 20
_MOST_NAMES = 5


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
    """Columns side by side; `top` is what the highest stands for."""

    height: int
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
    """Return a column for each item, the first, the last and some between them named."""
    most = max([item.value for item in items] + [1e-9])
    room = WIDTH / max(len(items), 1)
    drawn = []
    for place, item in enumerate(items):
        height = round(item.value / most * _COLUMNS_HEIGHT, 1)
        name, anchor = _name(place, len(items), item.label)
        x = round(place * room + room * 0.1, 2)
        drawn.append(
            Column(x, _COLUMNS_HEIGHT - height, round(room * 0.8, 2), height, name, anchor)
        )
    return Columns(_COLUMNS_HEIGHT + _FOOT, drawn, f"{most:,.0f}")


def _name(place: int, count: int, label: str) -> tuple[str, str]:
    """Return the name below a column, if it has room, and where it is anchored."""
    every = max(1, -(-count // _MOST_NAMES))
    if count <= 1:
        return label, "middle"
    if place == count - 1:
        return label, "end"
    if place == 0:
        return label, "start"
    return (label, "middle") if place % every == 0 and place + every < count else ("", "middle")
