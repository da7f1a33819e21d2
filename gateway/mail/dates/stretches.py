"""Reckon with stretches of days: months, quarters, seasons, weeks, feasts, seen from one day."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.mail.dates.days import day_of

# How exact a stretch was named: a day of the week, a date, a week, or something longer.
WEEKDAY, DATE, WEEK, LONG = 0, 1, 2, 3
_MAX_YEARS = 10


@dataclass(frozen=True)
class Stretch:
    """The days from `first` to `last`, both included; None is open, both None is unknown.

    What is behind a stretch `by_first` begins after its first day: "after the new year".
    """

    first: date | None = None
    last: date | None = None
    grain: int = LONG
    by_first: bool = False

    @property
    def known(self) -> bool:
        """Whether at least one end is a day."""
        return self.first is not None or self.last is not None


UNKNOWN = Stretch()


def plus_days(day: date, days: int) -> date:
    """Return the day `days` later, or the last or first day there is."""
    try:
        return day + timedelta(days=days)
    except OverflowError:  # a mail may claim to be from the last day there is
        return date.max if days > 0 else date.min


def plus_months(day: date, months: int) -> date:
    """Return the same day `months` later, or that month's last day."""
    year, index = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, index + 1, min(day.day, monthrange(year, index + 1)[1]))


def months(year: int, first: int, count: int = 1) -> Stretch:
    """Return `count` whole months from month `first` (1 to 12) of `year`."""
    if not 1 <= year < date.max.year:
        return UNKNOWN
    start = date(year, first, 1)
    return Stretch(start, plus_days(plus_months(start, count), -1))


def coming_months(sent: date | None, first: int, count: int, year: int | None) -> Stretch:
    """Return those months of `year`, else the next ones that are not over on `sent`."""
    if year is not None:
        return months(year, first, count)
    if sent is None:
        return UNKNOWN
    # Winter began last year where January is still part of it.
    candidates = (months(sent.year + back, first, count) for back in (-1, 0, 1))
    return next((s for s in candidates if s.last is not None and s.last >= sent), UNKNOWN)


def week(year: int, number: int) -> Stretch:
    """Return the ISO week `number` of `year`, Monday to Sunday."""
    try:
        monday = date.fromisocalendar(year, number, 1)
    except ValueError:
        return UNKNOWN
    return Stretch(monday, plus_days(monday, 6), WEEK)


def coming_week(sent: date | None, number: int, year: int | None) -> Stretch:
    """Return the ISO week `number` of `year`, else the next such week not over on `sent`."""
    if year is not None:
        return week(year, number)
    if sent is None:
        return UNKNOWN
    this = week(sent.isocalendar().year, number)
    over = this.last is not None and this.last < sent
    return week(sent.isocalendar().year + 1, number) if over else this


def unit_around(sent: date | None, unit: str, ahead: int) -> Stretch:
    """Return the whole week, month, quarter, half or year `ahead` of the one `sent` is in."""
    if sent is None or sent.year + ahead >= date.max.year:
        return UNKNOWN
    if unit in ("w", "f"):
        monday = plus_days(sent, 7 * ahead * (2 if unit == "f" else 1) - sent.weekday())
        return Stretch(monday, plus_days(monday, 6), WEEK)
    size = {"m": 1, "q": 3, "h": 6, "y": 12}.get(unit)
    if size is None:
        return UNKNOWN
    index = ((sent.month - 1) // size + ahead) * size
    return months(sent.year + index // 12, index % 12 + 1, size)


_HALF_DAYS = {"w": 4, "f": 7, "m": 15, "q": 45}


def after_units(sent: date | None, unit: str, count: int) -> date | None:
    """Return the day `count` units after `sent`."""
    if sent is None or count > 1000:
        return None
    if unit == "b":
        return _after_working_days(sent, count)
    if unit in ("d", "w", "f"):
        return plus_days(sent, count * {"d": 1, "w": 7, "f": 14}[unit])
    size = {"m": 1, "q": 3, "h": 6, "y": 12}.get(unit)
    return plus_months(sent, count * size) if size and count * size <= 12 * _MAX_YEARS else None


def after_halves(sent: date | None, unit: str, count: int) -> date | None:
    """Return the day `count` half units after `sent`; a half of days is a whole one."""
    day = after_units(sent, unit, count // 2)
    if count % 2 == 0 or day is None:
        return day
    if unit in ("h", "y"):
        return after_units(day, "m", {"h": 3, "y": 6}[unit])
    return after_units(day, "b" if unit == "b" else "d", _HALF_DAYS.get(unit, 1))


def _after_working_days(sent: date, count: int) -> date:
    """Return the day `count` days after `sent`, Saturdays and Sundays left out."""
    weeks, rest = divmod(count, 5)
    friday = plus_days(sent, -max(sent.weekday() - 4, 0))
    day = plus_days(friday, 7 * weeks)
    for _ in range(rest):
        day = plus_days(day, 1)
        while day.weekday() >= 5 and day < date.max:
            day = plus_days(day, 1)
    return day


def part_of(whole: Stretch, part: str) -> Stretch:
    """Return the early, mid or late third of a month, a quarter, a season or a half.

    Of a year: its first quarter, June to August, its last quarter or ("end") December; of a week:
    Monday and Tuesday, Wednesday, the rest.
    """
    first, last = whole.first, whole.last
    if first is None or last is None:
        return whole
    days = (last - first).days + 1
    if days <= 7:
        cut = {"early": (0, 1), "mid": (2, 2)}.get(part, (3, 6))
        return Stretch(plus_days(first, cut[0]), plus_days(first, cut[1]), WEEK)
    if days <= 31:
        cut = {"early": (0, 9), "mid": (10, 19)}.get(part, (20, days - 1))
        return Stretch(plus_days(first, cut[0]), plus_days(first, cut[1]))
    count = round(days / 30.4)
    begin, size = _months_of(count, part)
    start = plus_months(first, begin)
    return Stretch(start, plus_days(plus_months(start, size), -1))


def _months_of(count: int, part: str) -> tuple[int, int]:
    """Return which months of `count` the part is: the first one and how many."""
    if count == 12:
        return {"early": (0, 3), "mid": (5, 3), "late": (9, 3)}.get(part, (11, 1))
    third = max(count // 3, 1)
    return {"early": (0, third), "mid": ((count - third) // 2, third)}.get(
        part, (count - third, third)
    )


def feast(sent: date | None, name: str, year: int | None) -> Stretch:
    """Return the days that a feast or break keeps business quiet, the next ones after `sent`.

    Seasons are those of the northern hemisphere; the "holidays" are those at the turn of the year
    from October on, and the summer's from June to August; a fiscal year begins when it begins.
    """
    if name in ("fiscal", "event") or (sent is None and year is None):
        return UNKNOWN
    if name == "holidays":
        name = "" if sent is None else "summerbreak" if 6 <= sent.month <= 8 else "turn"
        if sent is not None and name == "turn" and 2 <= sent.month <= 5:
            return UNKNOWN
    base = year if year is not None else sent.year if sent is not None else 0
    days = (_feast_days(name, y) for y in (base - 1, base, base + 1) if year is None or y == year)
    for stretch in days:
        if sent is None or year is not None or _is_ahead(stretch, sent, name):
            return stretch
    return UNKNOWN


def _is_ahead(stretch: Stretch, sent: date, name: str) -> bool:
    """Whether the feast is not over yet; a new year must still begin."""
    end = stretch.first if name == "newyear" else stretch.last
    return end is not None and end >= sent


def _feast_days(name: str, year: int) -> Stretch:
    if not 1 <= year < date.max.year:
        return UNKNOWN
    if name == "easter":
        sunday = _easter(year)
        return Stretch(plus_days(sunday, -3), plus_days(sunday, 1))
    if name == "thanksgiving":
        first = date(year, 11, 1)
        thursday = plus_days(first, (3 - first.weekday()) % 7 + 21)
        return Stretch(thursday, plus_days(thursday, 3))
    bounds = {
        "halloween": (date(year, 10, 31), date(year, 10, 31)),
        "christmas": (date(year, 12, 24), date(year, 12, 26)),
        "turn": (date(year, 12, 20), date(year + 1, 1, 1)),
        "newyear": (date(year + 1, 1, 1), date(year + 1, 3, 31)),
        "summerbreak": (date(year, 6, 1), date(year, 8, 31)),
        "rentree": (date(year, 9, 1), date(year, 9, 30)),
        "yearend": (date(year, 12, 1), date(year, 12, 31)),
    }.get(name)
    return Stretch(*bounds, by_first=name == "newyear") if bounds else UNKNOWN


def _easter(year: int) -> date:
    """Return Easter Sunday (Meeus, Jones and Butcher, Gregorian calendar)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    l = (32 + 2 * e + 2 * i - h - k) % 7  # noqa: E741
    m = (a + 11 * h + 19 * l) // 433
    month = (h + l - 7 * m + 90) // 25
    return day_of(year, month, (h + l - 7 * m + 33 * month + 19) % 32) or date(year, 4, 15)
