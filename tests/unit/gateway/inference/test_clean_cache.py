"""Remembering cleaned mails changes how often the cleaner runs, and nothing else."""

from collections.abc import Set
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.inference import clean_cache
from gateway.inference.clean_cache import CachingCleaner
from gateway.mail import CleanedMail, FollowUp, MailInput, Referral, clean
from gateway.mail.types import Checkpoint

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

    def counted(
        mail: MailInput, disabled_rules: Set[str], max_raw_bytes: int, check: Checkpoint
    ) -> CleanedMail:
        seen.append(mail)
        return clean(mail, disabled_rules, max_raw_bytes, check)

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


def test_what_is_switched_off_is_part_of_the_key() -> None:
    """A mail cleaned with all rules is not the answer once one of them is switched off."""
    remember = CachingCleaner(1 << 20)
    mail = MailInput(text="On leave.", headers={"Auto-Submitted": "auto-replied"})

    assert remember(mail).rule == "auto_reply.header.auto_submitted"
    for rule in ("auto_reply.header.auto_submitted", "auto_reply.header", "auto_reply"):
        assert remember(mail, {rule}).rule != "auto_reply.header.auto_submitted"
    assert remember(mail, {"auto_reply.head"}).rule == "auto_reply.header.auto_submitted"
    assert remember(mail).rule == "auto_reply.header.auto_submitted"


def test_the_limit_of_raw_messages_is_the_deployments() -> None:
    """A raw message over the given limit is too large, whatever the cleaner's own limit is."""
    mail = MailInput(raw=b"Subject: x\n\nSure, Tuesday.\n")

    assert CachingCleaner(0, max_raw_bytes=8)(mail).decision == "too_large"
    assert CachingCleaner(0, max_raw_bytes=80)(mail).text == "Sure, Tuesday."


def test_what_was_found_in_a_mail_counts_as_well() -> None:
    """Evidence, flags, people and a wished day take room; each is counted at its length."""
    person, many = Referral(name="n" * 500, email="e" * 500), tuple("e" * 10 for _ in range(100))
    later = FollowUp(None, None, "t" * 1000, 0, 9)
    bare = CleanedMail("x", "x")
    for found in (
        replace(bare, referral=(person,)),
        replace(bare, delegate=person),
        replace(bare, evidence=many),
        replace(bare, flags=many),
        replace(bare, follow_up=later),
    ):
        assert clean_cache._size(found) >= clean_cache._size(bare) + 2 * 1000
