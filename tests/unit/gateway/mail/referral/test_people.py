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


REFUSED = [
    "Do not contact Jonas.",
    "Take Jon off the list, he left.",
    "Please don't call Peter about this again.",
    "Never write to Ann Lee, she hates it.",
    "Stop calling Ann Lee!",
    "Remove ann@acme.example from your list.",
    "Bitte kontaktieren Sie Herrn Meier nicht mehr.",
    "Ne contactez plus Jean Martin.",
    "No contacte a Carlos, ya no trabaja aquí.",
    "Non contattare Marco.",
    "Neem geen contact op met Jan.",
    "Não contacte o Pedro.",
    "Kontakta inte Anna Berg.",
    "Contact noreply@acme.example.",
    "See [cid:image001.png@01DA3F.AB12] for the plan.",
    "Message-ID: <CAF8x=abc@mail.gmail.com> is missing.",
]
CHOSEN = [
    ("Don't talk to Bob, talk to Ann Lee.", "Ann Lee"),
    ("Ask Tom, not Peter.", "Tom"),
    ("Please contact Ann Lee rather than Peter Moe.", "Ann Lee"),
    ("Bitte nicht an Frau Schulz wenden, sondern an Herrn Weber.", "Herrn Weber"),
    ("Parlez à Marie Dupont au lieu de Jean Martin.", "Marie Dupont"),
    ("Hable con Ana Ruiz, Carlos ya no está.", "Ana Ruiz"),
    ("Since Tom left, Ann Lee handles this.", "Ann Lee"),
    ("Tom Berger (tom@acme.example) has left. Please ask Ann Lee.", "Ann Lee"),
    ("Contact Ann Lee, who replaced Tom Berger.", "Ann Lee"),
    ("Don't hesitate to contact Ann Lee.", "Ann Lee"),
    ("Please don't forget to cc Ann Lee.", "Ann Lee"),
    ("Why don't you ask Ann Lee?", "Ann Lee"),
    ("Don't contact Ann Lee before Monday.", "Ann Lee"),
    ("I'm not the right person, please contact Ann Lee.", "Ann Lee"),
    ("Tom (tom@vendor.example) showed me the demo, talk to Ann Lee.", "Ann Lee"),
]
MERGED = [
    "Lena in Ops (lena.f@acme.example) might be interested.",
    "Talk to Lena in Operations, lena.f@acme.example.",
    "Ask our buyer Lena Fischer (lena.f@acme.example). Ms Fischer is on +49 30 1234567.",
    "Head of Ops is Lena Fischer. Please write to Lena: lena@acme.example",
    "Our CFO decides. Contact Lena Fischer, CFO, lena@acme.example.",
    "Our CFO Lena Fischer handles this. Ms Fischer is at lfischer@acme.example.",
    "My boss handles this, not me: lena@acme.example",
]


@pytest.mark.parametrize("text", REFUSED)
def test_whom_the_author_refuses_is_nobody(text: str) -> None:
    """Bans, removals and addresses that no person reads point to nobody, in every language."""
    assert clean(MailInput(text=text)).referral == ()


@pytest.mark.parametrize(("text", "name"), CHOSEN)
def test_of_two_only_the_one_meant_is_found(text: str, name: str) -> None:
    """Whoever is refused or gone, or one of ours, is left out; who is meant instead stays."""
    mail = MailInput(text=text, own_domains=("vendor.example",))
    assert [person.name for person in clean(mail).referral] == [name]


@pytest.mark.parametrize("text", MERGED)
def test_one_person_is_named_once(text: str) -> None:
    """Name, address, role, department and title of one person are one referral."""
    (person,) = clean(MailInput(text=text)).referral
    assert (person.email or "").startswith("l")
    assert person.name is None or person.name.startswith("Lena")


def test_two_people_at_one_place_keep_their_addresses() -> None:
    """Of two named people each has the address that repeats the name."""
    text = "Contact Ann Lee at Acme (ann@acme.example) or Bob Moe at Acme (bob@acme.example)."
    pairs = [(person.name, person.email) for person in clean(MailInput(text=text)).referral]
    assert pairs == [("Ann Lee", "ann@acme.example"), ("Bob Moe", "bob@acme.example")]
