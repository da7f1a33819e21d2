"""When an author wants to hear from us again, seen from the day he wrote."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.mail import FollowUp, MailInput, clean
from gateway.mail.dates.follow_up import follow_up
from gateway.mail.patterns.small_text import small_text

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[4] / "data/mail/follow_up.jsonl")
    .read_text("utf-8")
    .splitlines()
]
OPEN = [row for row in ROWS if row["split"] == "open"]
HELD_BACK = [row for row in ROWS if row["split"] == "held_back"]


def _read(row: dict[str, Any]) -> FollowUp | None:
    sent = date.fromisoformat(row["sent"]) if row["sent"] else None
    return follow_up(small_text(row["text"]), sent)


def _is_right(row: dict[str, Any]) -> bool:
    found, wanted = _read(row), row["follow_up"]
    if found is None or wanted is None:
        return found is None and wanted is None
    days = [day and day.isoformat() for day in (found.not_before, found.until)]
    named = wanted["text"].lower() in found.text.lower()
    return bool(named and days == [wanted["not_before"], wanted["until"]])


@pytest.mark.parametrize("row", OPEN, ids=[row["name"] for row in OPEN])
def test_a_wish_has_its_days_and_facts_have_none(row: dict[str, Any]) -> None:
    """Wishes to come back have their days; meetings, contracts, promises, the past are none."""
    assert _is_right(row)


def test_cases_written_first_are_read_as_well() -> None:
    """On cases written before the reader, precision is at least 0.95 and recall 0.90."""
    named = [row for row in HELD_BACK if _read(row) is not None]
    wanted = [row for row in HELD_BACK if row["follow_up"] is not None]
    right = [row for row in wanted if _is_right(row)]
    assert len(right) >= 0.95 * len(named)
    assert len(right) >= 0.90 * len(wanted)


def test_there_are_enough_cases() -> None:
    """At least 150 cases, 60 of them held back, every one with a name of its own."""
    assert len({row["name"] for row in ROWS}) == len(ROWS) >= 150
    assert len(HELD_BACK) >= 60


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_the_words_stand_in_the_text(row: dict[str, Any]) -> None:
    """What is given as words of the time is the text's own, at the place named."""
    found = _read(row)
    assert found is None or row["text"][found.start : found.end] == found.text


@pytest.mark.parametrize(
    "text", ["Ping me in June.", "Try me next quarter.", "In KW 30 melden Sie sich."]
)
def test_without_a_day_nothing_is_reckoned(text: str) -> None:
    """A relative time needs a day to be relative to; the words alone are kept."""
    found = follow_up(small_text(text), None)
    assert found is None or (found.not_before, found.until) == (None, None)


@pytest.mark.parametrize("day", [date.min, date.max, date(9999, 1, 1), date(1, 3, 1)])
@pytest.mark.parametrize("row", ROWS[::7], ids=[row["name"] for row in ROWS[::7]])
def test_a_mail_from_the_ends_of_time_breaks_nothing(row: dict[str, Any], day: date) -> None:
    """Senders write their own dates: no date makes the reader raise."""
    follow_up(small_text(row["text"]), day)


def test_a_machine_has_no_wish() -> None:
    """An absence notice has a return date and no follow-up; a person has the reverse."""
    sent = datetime(2026, 3, 4)
    notice = MailInput(
        text="I am out of the office until 12 May. Ping me in June.",
        headers={"Auto-Submitted": "auto-replied"},
        date=sent,
    )
    assert clean(notice).follow_up is None
    assert clean(notice).return_date == date(2026, 5, 12)
    person = clean(MailInput(text="Please ping me in June.", date=sent))
    assert person.follow_up is not None
    assert person.follow_up.not_before == date(2026, 6, 1)


def test_the_date_header_anchors() -> None:
    """Without a date of the caller's the mail's own Date counts."""
    raw = b"Date: Wed, 04 Mar 2026 10:00:00 +0000\r\n\r\nPlease follow up in six weeks.\r\n"
    found = clean(MailInput(raw=raw)).follow_up
    assert found is not None
    assert found.not_before == date(2026, 4, 15)
