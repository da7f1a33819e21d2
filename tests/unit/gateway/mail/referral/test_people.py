"""Whom a reply points to: names, addresses, numbers, roles and teams, and nobody invented."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.mail import MailInput, clean
from gateway.mail.referral.offices import ROLE, TEAM, roles_in, teams_in

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


MEANT = [
    ("It's not me but Mia who decides, ask her.", "Mia"),
    ("Don't ask Tom but Mia.", "Mia"),
    ("Contact not Tom but Mia.", "Mia"),
    ("It is not Tom who decides but Mia.", "Mia"),
    ("I'm not the right person. Mia is.", "Mia"),
    ("I am not responsible for this, Mia Lopez is.", "Mia Lopez"),
    ("Tom isn't the right person. Mia is.", "Mia"),
    ("That's not me, that's Mia.", "Mia"),
    ("Please do not write to our CFO Tom Berger but to Mia Lopez.", "Mia Lopez"),
    ("Please talk to Mia Lopez, not to our CFO Tom Berger.", "Mia Lopez"),
    ("Ich bin nicht der richtige Ansprechpartner. Das ist Mia Berger.", "Mia Berger"),
    ("Nicht ich, sondern Mia Berger entscheidet.", "Mia Berger"),
    ("Nicht Tom, sondern Mia Berger entscheidet.", "Mia Berger"),
    ("Fragen Sie Mia Berger.", "Mia Berger"),
    ("Ce n'est pas Tom mais Mia Lopez qui décide.", "Mia Lopez"),
    ("Je ne suis pas la bonne personne. C'est Mia Lopez.", "Mia Lopez"),
    ("Ne contactez pas Tom mais Mia Lopez.", "Mia Lopez"),
    ("No soy la persona adecuada. Es Mia Lopez.", "Mia Lopez"),
    ("No es Tom sino Mia Lopez quien decide.", "Mia Lopez"),
    ("Non sono io, è Mia Rossi.", "Mia Rossi"),
    ("Non contatti Tom ma Mia Rossi.", "Mia Rossi"),
    ("Niet Tom maar Mia de Vries beslist.", "Mia de Vries"),
    ("Ik ben niet de juiste persoon. Dat is Mia de Vries.", "Mia de Vries"),
    ("Não sou a pessoa certa. É a Mia Lopes.", "Mia Lopes"),
    ("Não contacte o Tom mas a Mia Lopes.", "Mia Lopes"),
    ("Kontakta inte Tom utan Mia Berg.", "Mia Berg"),
    ("Jag är inte rätt person. Det är Mia Berg.", "Mia Berg"),
    ("Kontakt ikke Tom, men Mia Berg.", "Mia Berg"),
    ("Nie ja, ale Anna Nowak.", "Anna Nowak"),
]
NO_PERSONS = [
    "Ask ChatGPT.",
    "Try Perplexity.",
    "Fragen Sie ChatGPT.",
    "Demandez à ChatGPT.",
    "Contact Rival Corp.",
    "Kontaktieren Sie die Rival GmbH.",
    "Contactez Rival SARL.",
    "Contatti Rival SpA.",
    "Talk to Miller & Sons Ltd.",
    "We are with Rival Inc, contact them.",
    "We chose not Rival but Acme.",
    "It's not the price but Winter.",
    "Our system is not ready. Atlas is.",
    "I'm not sure but Tom thinks so.",
    "We are ahead of schedule, thanks.",
]
ROLES = [
    ("Don't contact our CFO Tom Berger, contact Mia Lopez.", [("Mia Lopez", None)]),
    ("Don't ask Tom Berger, our CFO, ask Mia Lopez.", [("Mia Lopez", None)]),
    ("Our CFO Tom Berger has left, please contact Mia Lopez.", [("Mia Lopez", None)]),
    ("Tom Berger, CFO, left; Mia Lopez replaced him.", [("Mia Lopez", None)]),
    ("Talk to Mia Lopez, our CFO.", [("Mia Lopez", "CFO")]),
    ("Our Sales Director Mia Lopez handles it.", [("Mia Lopez", "Sales Director")]),
    ("Our Head of Procurement Mia Lopez decides.", [("Mia Lopez", "Head of Procurement")]),
    ("Talk to Mia or her assistant.", [("Mia", None), (None, "assistant")]),
    ("Talk to Mia Lopez or my assistant.", [("Mia Lopez", None), (None, "assistant")]),
    (
        "Talk to Mia Lopez or our CFO Tom Berger.",
        [("Mia Lopez", None), ("Tom Berger", "CFO")],
    ),
    (
        "Sprechen Sie mit Mia Berger oder ihrer Assistentin.",
        [("Mia Berger", None), (None, "Assistentin")],
    ),
    (
        "Contactez Mia Lopez ou son assistante.",
        [("Mia Lopez", None), (None, "assistante")],
    ),
]


@pytest.mark.parametrize(("text", "name"), MEANT)
def test_whoever_takes_the_place_of_one_denied_is_found(text: str, name: str) -> None:
    """Who says "not A but B" or "I'm not the one. B is." means B alone, in every language."""
    assert [person.name for person in clean(MailInput(text=text)).referral] == [name]


@pytest.mark.parametrize("text", NO_PERSONS)
def test_machines_firms_and_things_are_nobody(text: str) -> None:
    """One may ask a machine or a firm, but that refers to no person; nor does a contrast."""
    assert clean(MailInput(text=text)).referral == ()


@pytest.mark.parametrize(("text", "people"), ROLES)
def test_a_role_belongs_to_whom_it_stands_beside(
    text: str, people: list[tuple[str | None, str | None]]
) -> None:
    """A refused person's role goes with him, and "her assistant" is somebody else."""
    found = clean(MailInput(text=text)).referral
    assert [(person.name, person.role) for person in found] == people


_TEXTS = [
    row["text"]
    for folder in ("tests/data/mail", "heads/data/replies")
    for path in (Path(__file__).parents[5] / folder).glob("*.jsonl")
    for row in map(json.loads, path.read_text("utf-8").splitlines())
    if isinstance(row.get("text"), str)
]


@pytest.mark.parametrize(
    ("pattern", "quick"), [(ROLE, roles_in), (TEAM, teams_in)], ids=["roles", "teams"]
)
def test_the_quick_search_finds_what_the_pattern_finds(pattern: Any, quick: Any) -> None:
    """Looking for the noun first changes nothing, words that only end as one aside ("ahead of")."""
    for text in _TEXTS:
        words = (m for m in pattern.finditer(text) if not f" {text}"[m.start()].isalpha())
        full = [match.span() for match in words]
        assert [m.span() for m in quick(text, 0, len(text))] == full
