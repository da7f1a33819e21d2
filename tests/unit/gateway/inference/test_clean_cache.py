"""Remembering cleaned mails changes how often the cleaner runs, and nothing else."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.inference import clean_cache
from gateway.inference.clean_cache import CachingCleaner
from gateway.mail import CleanedMail, MailInput, clean

FULL = MailInput(
    raw=b"Subject: a\n\nyes",
    html="<p>yes</p>",
    text="yes",
    subject="Re: offer",
    headers={"From": "a@example.org"},
    date=datetime(2026, 3, 1, tzinfo=UTC),
    own_domains=("example.com",),
    last_outbound="Shall we?",
)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[MailInput]:
    """Record the mails that reach the cleaner itself."""
    seen: list[MailInput] = []

    def counted(mail: MailInput) -> CleanedMail:
        seen.append(mail)
        return clean(mail)

    monkeypatch.setattr(clean_cache, "clean", counted)
    return seen


def test_the_same_mail_is_cleaned_once(calls: list[MailInput]) -> None:
    """A second delivery of a mail is answered from memory."""
    remember = CachingCleaner(1 << 20)

    assert remember(FULL) == remember(replace(FULL)) == clean(FULL)
    assert len(calls) == 1


@pytest.mark.parametrize("name", [field.name for field in fields(MailInput)])
def test_every_field_is_part_of_the_key(name: str, calls: list[MailInput]) -> None:
    """Mails that differ in any one field the cleaner reads are never confused."""
    remember = CachingCleaner(1 << 20)
    empty: dict[str, Any] = {name: () if name == "own_domains" else None}
    other = replace(FULL, **empty)
    remember(FULL)

    assert remember(other) == clean(other)
    assert len(calls) == 2


@given(st.lists(st.text(max_size=40), max_size=20), st.sampled_from([0, 3_000, 1 << 20]))
def test_remembering_equals_cleaning(texts: list[str], maxsize: int) -> None:
    """Whatever is remembered or evicted, the answer is the cleaner's own."""
    remember = CachingCleaner(maxsize)

    for text in texts + texts:
        assert remember(MailInput(text=text)) == clean(MailInput(text=text))


def test_the_order_of_headers_is_part_of_the_key() -> None:
    """Of two spellings of a header the cleaner reads the last: order may change its answer."""
    remember = CachingCleaner(1 << 20)
    automatic, by_hand = ("Auto-Submitted", "auto-replied"), ("auto-submitted", "no")
    for pair in ((automatic, by_hand), (by_hand, automatic)):
        mail = MailInput(text="Thank you for your message.", headers=dict(pair))
        assert remember(mail) == clean(mail)
    assert (
        len(
            {
                clean(MailInput(text="x", headers=dict(p)))
                for p in ((automatic, by_hand), (by_hand, automatic))
            }
        )
        == 2
    )
