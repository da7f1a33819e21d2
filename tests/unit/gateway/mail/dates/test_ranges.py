"""Ranges of days, working days and days that no calendar has."""

from calendar import month_name
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.dates.days import day_of
from gateway.mail.dates.follow_up import follow_up
from gateway.mail.dates.stretches import after_units
from gateway.mail.patterns.small_text import small_text

SENT = date(2026, 3, 4)
LANGUAGES = {
    "en": (
        "Please ping me {}.",
        "between {a} and {b} June",
        "from {a} to {b} June",
        "{a}-{b} June",
    ),
    "de": (
        "Bitte melden Sie sich {}.",
        "zwischen dem {a}. und {b}. Juni",
        "vom {a}. bis {b}. Juni",
    ),
    "fr": ("Rappelez-moi {}.", "entre le {a} et le {b} juin", "du {a} au {b} juin"),
    "es": ("Llámeme {}.", "entre el {a} y el {b} de junio", "del {a} al {b} de junio"),
    "it": ("Mi richiami {}.", "tra il {a} e il {b} giugno", "dal {a} al {b} giugno"),
    "nl": ("Bel me {}.", "tussen {a} en {b} juni", "van {a} tot {b} juni"),
    "pt": ("Ligue-me {}.", "entre {a} e {b} de junho", "de {a} a {b} de junho"),
}


def _days(text: str, sent: date | None = SENT) -> tuple[date | None, date | None] | None:
    found = follow_up(small_text(text), sent)
    return None if found is None else (found.not_before, found.until)


@pytest.mark.parametrize("lang", LANGUAGES)
@given(first=st.integers(1, 29), length=st.integers(1, 29))
def test_both_ends_of_a_range_are_read(lang: str, first: int, length: int) -> None:
    """Every wording of a range has its first and its last day, whatever the days are."""
    last = min(first + length, 30)
    wish, *ranges = LANGUAGES[lang]
    for wording in ranges:
        text = wish.format(wording.format(a=first, b=last))
        assert _days(text) == (date(2026, 6, first), date(2026, 6, last)), text


def test_a_range_over_the_turn_of_the_year() -> None:
    """What one end leaves out comes from the other, and the earlier end is before the later."""
    assert _days("Call me from 28 December to 5 January.") == (
        date(2026, 12, 28),
        date(2027, 1, 5),
    )


def test_a_range_that_has_begun() -> None:
    """A range around the mail's own day begins on that day and is not next year's."""
    assert _days("Ping me 1-10 March.") == (SENT, date(2026, 3, 10))


@given(day=st.integers(1, 99), month=st.integers(1, 12), turned=st.booleans())
def test_an_impossible_day_is_never_another_day(day: int, month: int, turned: bool) -> None:
    """A day that its month lacks leaves the month, or nothing; a day it has is that day."""
    name = month_name[month]
    found = _days(f"Ping me on {name} {day}." if turned else f"Ping me on {day} {name}.")
    exact = next((d for y in (2026, 2027) if (d := day_of(y, month, day)) and d >= SENT), None)
    if exact is not None:
        assert found == (exact, exact)
    elif found is not None:
        begin, end = found
        assert begin is not None
        assert end is not None
        assert begin.month == end.month == month
        assert (end + timedelta(days=1)).day == 1


@pytest.mark.parametrize("text", ["31/02/2026", "2026-02-31", "31.4.", "30.02.2027", "31/4/26"])
def test_an_impossible_date_in_figures_is_none(text: str) -> None:
    """Figures that are no day name no day."""
    assert _days(f"Ping me on {text}") is None


@given(day=st.dates(date(2020, 1, 1), date(2030, 1, 1)), count=st.integers(1, 60))
def test_working_days_leave_out_weekends(day: date, count: int) -> None:
    """So many working days later, exactly so many days from Monday to Friday have gone by."""
    later = after_units(day, "b", count)
    assert later is not None
    gone = [day + timedelta(days=n) for n in range(1, (later - day).days + 1)]
    assert sum(d.weekday() < 5 for d in gone) == count
    assert later.weekday() < 5


@pytest.mark.parametrize("text", ["Ping me 10-20 January.", "Call me March 5th-7th."])
def test_without_the_mails_day_a_range_has_no_days(text: str) -> None:
    """Without a year and a day of the mail the words are kept and nothing is reckoned."""
    assert _days(text, None) == (None, None)
