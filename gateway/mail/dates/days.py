"""Read single days as people write them, and pick the year that they leave out."""

from __future__ import annotations

import re
from datetime import date


def day_of(year: int, month: int, day: int) -> date | None:
    """Return that day, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_day(day: int, month: int, sent: date | None) -> date | None:
    """Return the first such day on or after `sent`; None without `sent`."""
    if sent is None:
        return None
    this_year = day_of(sent.year, month, day)
    if this_year is not None and this_year >= sent:
        return this_year
    return day_of(sent.year + 1, month, day)


def numeric_day(match: re.Match[str], sent: date | None) -> date | None:
    """Return the day that "3.1.", "1/3/27" or "03-01-2027" names, the nearer one of two readings.

    The groups of `match`: first number, mark, second number, year or None.
    """
    known = _readings(match, sent)
    if sent is not None:
        return min(known, default=None)
    return known[0] if known else None


def latest_day(match: re.Match[str], sent: date | None, day_first: bool) -> date | None:
    """Return the day that `match` (as for `numeric_day`) names, the later one of two readings.

    Where `day_first` is the custom, only a date that is none so is read the other way.
    """
    known = _readings(match, sent)
    if day_first:
        day, month = int(match.group(1)), int(match.group(3))
        known = [found for found in known if (found.day, found.month) == (day, month)] or known
    return max(known, default=None)


def _readings(match: re.Match[str], sent: date | None) -> list[date]:
    """Return the days that `match` can name, day first; those before `sent` only if all are."""
    first, mark, second, year_text = match.groups()
    a, b = int(first), int(second)
    year = None if year_text is None else int(year_text) + (2000 if len(year_text) == 2 else 0)
    if year is None and mark != "." and (mark == "-" or sent is None):
        return []
    orders = [(a, b)] if mark == "." else [(a, b), (b, a)]
    days = [next_day(d, m, sent) if year is None else day_of(year, m, d) for d, m in orders]
    known = [day for day in days if day is not None]
    if sent is None:
        return known
    return [day for day in known if day >= sent] or known
