"""Whose move a wish's words name: only what is asked of us is a time to come back."""

from datetime import date

import pytest

from gateway.mail.dates.follow_up import follow_up
from gateway.mail.patterns.small_text import small_text

SENT = date(2026, 3, 4)
OTHERS = (
    "My clients", "They", "Our biggest customers", "People", "Suppliers usually", "The two vendors",
    "Anna will", "My boss will", "The auditors are going to", "Everybody can", "Some of our users",
)  # fmt: skip
OURS = ("Please", "You can", "Could you", "Feel free to", "Your team may", "After the audit,", "So")
MOVES = ("reach out", "follow up", "call us", "get in touch with me", "check back", "ping us")


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("subject", OTHERS)
def test_what_others_do_is_no_wish(subject: str, move: str) -> None:
    """The same words with somebody else as their subject ask nothing of us."""
    assert follow_up(small_text(f"{subject} {move} in June."), SENT) is None


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("subject", OURS)
def test_what_is_asked_of_us_is_a_wish(subject: str, move: str) -> None:
    """An imperative, a permission and a question ask us."""
    found = follow_up(small_text(f"{subject} {move} in June."), SENT)
    assert found is not None
    assert found.not_before == date(2026, 6, 1)


@pytest.mark.parametrize("who", ["our CFO", "my colleague Anna", "him", "Mrs Osei"])
def test_whom_we_are_asked_to_write_to_does_not_matter(who: str) -> None:
    """A referral with a time is a time to write, where it is asked of us."""
    found = follow_up(small_text(f"Please contact {who} in May."), SENT)
    assert found is not None
    assert found.not_before == date(2026, 5, 1)
    assert follow_up(small_text(f"We contact {who} in May."), SENT) is None


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Meine Kollegen rufen Sie im Mai an.", "Rufen Sie mich im Mai an."),
        ("Herr Meier wird sich im Mai wieder melden.", "Bitte im Mai wieder melden."),
        ("Notre acheteur va nous recontacter en mai.", "Vous pouvez nous recontacter en mai."),
        ("El proveedor nos llama en mayo.", "En mayo me llama, por favor."),
        ("O cliente volta a ligar em maio.", "Volte a ligar em maio."),
        ("Onze leverancier belt ons in mei.", "Bel ons in mei."),
        ("Il cliente ci richiama a maggio.", "A maggio mi richiami."),
    ],
)
def test_other_languages_tell_the_subject_too(theirs: str, ours: str) -> None:
    """Where the verb's form does not tell who acts, the subject before it does."""
    assert follow_up(small_text(theirs), SENT) is None
    found = follow_up(small_text(ours), SENT)
    assert found is not None
    assert found.not_before == date(2026, 5, 1)
