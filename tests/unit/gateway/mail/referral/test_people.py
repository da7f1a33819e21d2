"""Whom a reply points to: names, addresses, numbers, roles and teams, and nobody invented."""

import pytest

from gateway.mail import MailInput, clean

NAMED = [
    ("Please talk to Maria Lopez, our Head of Procurement.", "name", "Maria Lopez"),
    ("Please talk to Maria Lopez, our Head of Procurement.", "role", "Head of Procurement"),
    ("CC'ing Ann, let's find a slot.", "name", "Ann"),
    ("You should contact ann.lee@acme.example about this.", "email", "ann.lee@acme.example"),
    ("Write to ann at acme dot com instead.", "email", "ann@acme.com"),
    ("Looping in Bob Moe.", "name", "Bob Moe"),
    ("Bob Moe handles this, +44 20 7946 0000.", "phone", "+44 20 7946 0000"),
    ("My colleague Dr. Ann Lee is the right person.", "name", "Dr. Ann Lee"),
    ("Bitte wenden Sie sich an Frau Schmidt.", "name", "Frau Schmidt"),
    ("Contactez Jean Martin svp.", "name", "Jean Martin"),
    ("Talk to our marketing team.", "team", "marketing team"),
    ("I was replaced by Ann Lee in May.", "name", "Ann Lee"),
    ("@Ann could you help here?", "name", "Ann"),
]
NOBODY = [
    "No thanks.",
    "Call me on Monday.",
    "Hi Tom,\nsounds good, let's talk on Tuesday.",
    "We use Salesforce and are happy with it.",
    "My number is +44 20 7946 0000.",
    "Reach me at anna@acme.example.",
    "Can you send me the pricing?",
    "It is not for us.",
]


@pytest.mark.parametrize(("text", "field", "value"), NAMED)
def test_whoever_is_pointed_to_is_named(text: str, field: str, value: str) -> None:
    """Names, roles, addresses and numbers next to a cue are found as they were written."""
    found = clean(MailInput(text=text)).referral
    assert value in [getattr(person, field) for person in found]
    for person in found:
        assert 0 <= person.start < person.end <= len(text)


@pytest.mark.parametrize("text", NOBODY)
def test_nobody_is_invented(text: str) -> None:
    """Greetings, products, weekdays and the author's own details are nobody."""
    assert clean(MailInput(text=text)).referral == ()


@pytest.mark.parametrize(
    "text", ["You should talk to someone else.", "I have forwarded this to the right person."]
)
def test_a_vague_redirect_has_only_nulls(text: str) -> None:
    """A redirect that names nobody is one referral without fields."""
    (found,) = clean(MailInput(text=text)).referral
    assert (found.name, found.email, found.phone, found.role) == (None, None, None, None)
    assert found.handed_over == ("forwarded" in text)


def test_own_domains_sender_and_signature_are_never_referrals() -> None:
    """Neither we nor the author are who the author points to."""
    text = "Please contact tom@vendor.example.\n\nBest,\nAnna Lee\nanna@acme.example\n"
    mail = MailInput(text=text, own_domains=("vendor.example",))
    assert all(person.email is None and person.name is None for person in clean(mail).referral)


def test_handed_over_is_told_apart() -> None:
    """Somebody who already has our mail differs from somebody we should write to."""
    assert clean(MailInput(text="I forwarded it to Ann Lee.")).referral[0].handed_over
    assert not clean(MailInput(text="Please ask Ann Lee.")).referral[0].handed_over
