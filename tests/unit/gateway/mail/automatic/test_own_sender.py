"""Whose mail it is: ours, a customer's through our group, or one that only looks like ours."""

import pytest

from gateway.mail import CleanedMail, MailInput, clean
from gateway.mail.message.parse import address_of

_OWN = ("ours.example",)
_QUOTES = {
    "en": "On Tue, 3 Mar 2026 at 09:14, Sam Porter <sam@ours.example> wrote:\n> Hi,\n> a call?",
    "de": "Am Di., 3. März 2026 um 09:14 Uhr schrieb Sam Porter <sam@ours.example>:\n> Hallo",
    "outlook": "Von: Porter, Sam <sam@ours.example>\nGesendet: Dienstag, 3. März 2026 09:14\n"
    "An: Ilse Brandt <ilse@kunde.example>\nBetreff: Angebot\n\nHallo",
}


def _cleaned(sender: str, text: str = "Yes, send the contract.", **headers: str) -> CleanedMail:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return clean(MailInput(text=text, headers={"From": sender, **named}, own_domains=_OWN))


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ('"sam@ours.example" <x@mail.example>', "x@mail.example"),
        ("sam@ours.example <x@mail.example>", "x@mail.example"),
        ('"Sam (sam@ours.example)" <x@mail.example>', "x@mail.example"),
        ("x@mail.example (sam@ours.example)", "x@mail.example"),
        ("<x@mail.example> (Sam)", "x@mail.example"),
        ('"x@mail.example"', "x@mail.example"),
        ("x@mail.example", "x@mail.example"),
    ],
)
def test_the_address_is_the_senders_and_not_the_one_in_his_name(value: str, address: str) -> None:
    """An address that is a name or a comment sent nothing."""
    assert address_of(value)[1] == address


@pytest.mark.parametrize(
    "sender",
    [
        '"sam@ours.example" <x@mail.example>',
        "sam@ours.example <x@mail.example>",
        '"Sam Porter (sam@ours.example)" <x@mail.example>',
        '"Sam <sam@eu.ours.example>" <x@mail.example>',
        "x@mail.example (sam@ours.example)",
    ],
)
def test_an_address_of_ours_as_a_name_is_no_proof_of_our_mail(sender: str) -> None:
    """It is neither decided to be ours nor a customer's: flagged, for a person."""
    cleaned = _cleaned(sender)
    assert cleaned.decision is None
    assert "own_name" in cleaned.flags


@pytest.mark.parametrize("sender", ["Sam Porter <s77@mail.example>", '"Porter, Sam" <s@m.example>'])
@pytest.mark.parametrize("quote", _QUOTES.values(), ids=list(_QUOTES))
def test_one_of_us_by_name_is_known_from_the_quoted_mail(sender: str, quote: str) -> None:
    """Whoever bears the full name that stands beside our address there may be us."""
    assert "own_name" in _cleaned(sender, f"Sounds good.\n\n{quote}").flags


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("SAM PORTER <s@m.example>", {"To": '"Sam Porter" <sam@ours.example>'}),
        ("Sam Porter <s@m.example>", {"Cc": "a@b.example, Porter, Sam <sam@ours.example>"}),
        ("山田太郎 <y@m.example>", {"To": "山田太郎 <yamada@ours.example>"}),
        ("Ilse <ilse@kunde.example>", {"Reply_To": "sam@ours.example"}),
        ("Ilse <ilse@kunde.example>", {"Sender": "Sales <sales@mail.ours.example>"}),
    ],
)
def test_headers_that_name_us_beside_a_foreign_sender_are_for_a_person(
    sender: str, headers: dict[str, str]
) -> None:
    """A recipient's name in From, or our address in Sender or Reply-To."""
    assert "own_name" in _cleaned(sender, **headers).flags


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("Ilse Brandt <ilse@kunde.example>", {"To": "Sam Porter <sam@ours.example>"}),
        ("Sam Brandt <sam@kunde.example>", {"To": "Sam Porter <sam@ours.example>"}),
        ("Sam <sam@kunde.example>", {"To": "Sam <sam@ours.example>"}),
        ("Sales Team <x@kunde.example>", {"To": "Sales Team <sales@ours.example>"}),
        ("Sam Porter <sam@kunde.example>", {"To": "Sam Porter <sam@kunde.example>"}),
        ("Ilse <i@kunde.example>", {"Sender": "sales@ours.example", "List_Id": "<s.ours.example>"}),
        ("\"'Ilse' via Sales\" <sales@ours.example>", {"Reply_To": "ilse@kunde.example"}),
        ("Ilse über Sales <sales@ours.example>", {"X_Original_From": "I <ilse@kunde.example>"}),
        ("Ilse (Kunde) <ilse@kunde.example>", {"Reply_To": "desk@kunde.example"}),
        ("notours.example <x@notours.example>", {}),
    ],
)
def test_customers_who_share_a_word_with_us_are_customers(
    sender: str, headers: dict[str, str]
) -> None:
    """A first name, an office, a list, or a group of ours that passes their mail on is no sign."""
    cleaned = _cleaned(sender, **headers)
    assert cleaned.decision is None
    assert "own_name" not in cleaned.flags


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("Sam Porter <sam@ours.example>", {}),
        ('"x@mail.example" <sam@ours.example>', {}),
        ("Sam via Desk <sam@ours.example>", {"Reply_To": "desk@ours.example"}),
        ("Sam <sam@ours.example>", {"Reply_To": "track@tool.example"}),
    ],
)
def test_our_own_address_is_ours_whatever_its_name(sender: str, headers: dict[str, str]) -> None:
    """Decided as our own message, by the address that sent it."""
    assert _cleaned(sender, **headers).decision == "own_message"


def test_a_bare_unsubscription_in_our_name_proves_nothing() -> None:
    """No machine strikes off the address that somebody uses who looks like us."""
    headers = {"From": "sam@ours.example <x@mail.example>"}
    mail = MailInput(text="", subject="unsubscribe", headers=headers)
    assert clean(mail).opt_out == "yes"
    ours = MailInput(text="", subject="unsubscribe", headers=headers, own_domains=_OWN)
    assert clean(ours).opt_out is None


def test_the_flag_is_switched_off_like_a_rule() -> None:
    """With `own_name` off such a mail is like any other."""
    mail = MailInput(
        text="Yes.", headers={"From": "sam@ours.example <x@mail.example>"}, own_domains=_OWN
    )
    assert "own_name" in clean(mail).flags
    assert "own_name" not in clean(mail, frozenset(("own_name",))).flags
