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


_VERBS = (
    "ping|call|ring|phone|email|e-mail|mail|message|text|contact|chase|bug|nudge|poke|buzz|catch"
    "|ask|hit|remind|bother|pester|prod|bump|dm|write|try|write to|speak to|talk to"
)
_OTHER_WISHES = (
    "circle back|loop back|check back|follow up|reach out|touch base|get in touch|check in"
    "|come again|reconnect|revisit|try again|drop me a line|give us a call"
)
_WISHES = [*(f"{verb} me" for verb in _VERBS.split("|")), *_OTHER_WISHES.split("|")]
_TIMES = {
    "January": 1, "February": 2, "March": 3, "April": 4, "May": 5, "June": 6, "July": 7,
    "August": 8, "September": 9, "October": 10, "November": 11, "December": 12, "Q2": 4, "Q3": 7,
    "Q4": 10,
}  # fmt: skip


@pytest.mark.parametrize("wish", _WISHES)
def test_a_wish_alone_is_read_as_english(wish: str) -> None:
    """A wish and a month or quarter are enough, though other languages share their words."""
    for name, month in _TIMES.items():
        text = f"{wish.capitalize()} in {name}."
        found = follow_up(small_text(text), date(2026, 1, 1))
        assert found is not None, text
        assert found.not_before == date(2026, month, 1), text


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Ping me in a year and a half.", "2027-09-04"),
        ("Ping me in two and a half months.", "2026-05-19"),
        ("Ping me in one and a half weeks.", "2026-03-15"),
        ("Ping me in 1.5 years.", "2027-09-04"),
        ("Ping me in 2½ months.", "2026-05-19"),
        ("Ping me in 2 to 2.5 months.", "2026-05-04"),
        ("Ping me in half a year.", "2026-09-04"),
        ("Melden Sie sich in anderthalb Monaten.", "2026-04-19"),
        ("Melden Sie sich in 1,5 Monaten.", "2026-04-19"),
        ("Melden Sie sich in zweieinhalb Jahren.", "2028-09-04"),
        ("Llámame en un año y medio.", "2027-09-04"),
        ("Give us two and a half months.", "2026-05-19"),
        ("Ping me in 1.25 years.", None),
    ],
)
def test_halves_are_counted(text: str, first: str | None) -> None:
    """Half a unit is read in words, digits and signs; other fractions name no day."""
    found = follow_up(small_text(text), date(2026, 3, 4))
    assert (found and str(found.not_before)) == first


@pytest.mark.parametrize(
    "text",
    [
        "Wait until 10 May to ship it; call me if unclear.",
        "Please hold off until June to install the update.",
        "Wait to ship it until 10 May.",
        "Wait two weeks to ship it.",
    ],
)
def test_a_wait_to_do_something_else_is_no_wish(text: str) -> None:
    """Who waits to ship waits with the shipment, not with a talk."""
    assert follow_up(small_text(text), date(2026, 3, 4)) is None


@pytest.mark.parametrize("text", ["Let's wait until May to talk.", "Wait until May to call me."])
def test_a_wait_to_talk_is_a_wish(text: str) -> None:
    """What waits is the talk itself."""
    found = follow_up(small_text(text), date(2026, 3, 4))
    assert found is not None
    assert found.not_before == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Contact me after 5/4/2026.", "2026-05-05"),
        ("Contact me after 4/5/2026.", "2026-05-05"),
        ("Contact me after 25/4/2026.", "2026-04-26"),
        ("Contact me after 4/25/2026.", "2026-04-26"),
        ("Contact me after 5.4.2026.", "2026-04-06"),
        ("Melden Sie sich bitte nach dem 5/4/2026 wieder.", "2026-04-06"),
        ("Melden Sie sich bitte nach dem 4/5/2026 wieder.", "2026-05-05"),
    ],
)
def test_of_two_days_the_later_is_taken(text: str, first: str) -> None:
    """In English "5/4" is two days: nobody is disturbed before the later. Elsewhere it is one."""
    found = follow_up(small_text(text), date(2026, 3, 4))
    assert found is not None
    assert str(found.not_before) == first


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
