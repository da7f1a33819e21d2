"""What the cleaner found in a mail, as the heads' decision is to weigh it."""

import pytest

from gateway.inference.item import Item
from gateway.mail import MailInput, clean

LISTED = {"List-Id": "<x.example>", "Precedence": "bulk"}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Auto-Response-Suppress": "All"},
        {"Precedence": "bulk"},
        {"List-Unsubscribe": "<mailto:x@acme.example>"},
        {"Auto-Submitted": "auto-generated"},
        LISTED,
    ],
)
def test_headers_of_peoples_mail_are_no_full_witness(headers: dict[str, str]) -> None:
    """What lists and sales systems set on people's mail weighs as words that people use."""
    assert Item(clean(MailInput(text="Yes please", headers=headers))).machine_sign == "words"


@pytest.mark.parametrize(
    ("mail", "sign"),
    [
        (MailInput(text="Yes please"), None),
        (MailInput(text="Yes please", headers={"Return-Path": "<>"}), "evidence"),
        (MailInput(text="I am on annual leave.", headers=LISTED), "evidence"),
        (MailInput(text="Yes please", headers=LISTED, subject="Out of office"), "evidence"),
    ],
)
def test_every_other_sign_is_evidence(mail: MailInput, sign: str | None) -> None:
    """An empty return path, a subject or a notice's words agree with a head, alone or not."""
    assert Item(clean(mail)).machine_sign == sign
