"""What statistics are asked for: a window of whole hours, whose data, and how it is grouped."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Group = Literal["hour", "day"]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of whole hours, its end not in it."""

    start: datetime
    end: datetime

    def hours(self) -> Iterator[datetime]:
        """Return the beginnings of its hours."""
        hour = self.start
        while hour < self.end:
            yield hour
            hour += HOUR


@dataclass(frozen=True, slots=True)
class StatisticsQuery:
    """One question; `tenants` None asks for all of them, "" among them being nobody's rows.

    `group` and `tag` exclude each other: by time, or by the values of one tag.
    """

    window: Window
    tenants: tuple[str, ...] | None = None
    head: str | None = None
    version: str | None = None
    group: Group | None = None
    tag: str | None = None


def whole_hours(start: datetime, end: datetime) -> Window:
    """Return the hours that hold any of the time from `start` to `end`."""
    last = hour_of(end)
    return Window(hour_of(start), last if last == end.astimezone(UTC) else last + HOUR)


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour that holds a time, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
