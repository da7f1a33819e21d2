"""The author's words stay and others' go: residue, indents, long attributions, the thread."""

import sys
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from gateway.mail import MailInput, clean
from gateway.mail.cli import mail_of
from tests.support.mail_cases import check_case, mail_cases, name_of


@pytest.mark.parametrize("case", mail_cases("residue"), ids=name_of)
def test_what_programs_add_is_cut_and_what_authors_type_stays(case: dict[str, Any]) -> None:
    """Marks, armour, numbers and joining instructions go; links and codes in sentences stay."""
    check_case(case, mail_of(case["format"], case["content"]))


@pytest.mark.parametrize("case", mail_cases("own_words"), ids=name_of)
def test_own_words_stay_and_introduced_ones_go(case: dict[str, Any]) -> None:
    """Indents, odd styles and long attributions lose nothing of the author's and keep no quote."""
    check_case(case, mail_of(case["format"], case["content"]))


@pytest.mark.parametrize("case", mail_cases("clients"), ids=name_of)
def test_what_was_typed_comes_out_of_each_mail_program(case: dict[str, Any]) -> None:
    """Greetings and answers stay, and quotes, closings, signatures and taglines of a program go."""
    check_case(case, mail_of(case["format"], case["content"]))


@pytest.mark.parametrize("case", mail_cases("thread"), ids=name_of)
def test_the_thread_is_read_newest_first(case: dict[str, Any]) -> None:
    """With the scope "thread" the quoted mails' words follow; by default they do not."""
    mail = mail_of(case["format"], case["content"])
    newest = clean(mail).text

    check_case(case, replace(mail, scope="thread"))
    assert case["text"].startswith(newest)


_GROWN = {
    "pictures": "[cid:a] x\n",
    "targets": "a<https://x.example>\n",
    "armour": "-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n",
    "joining": "Join Zoom Meeting\nhttps://zoom.us/j/1\nx\n",
    "numbers": "[Ticket#1]\nx\n",
    "next part": "-------------- next part --------------\nx\n",
    "attachments": "Attachments:\n- a.pdf\n",
    "closings": "On 3 May 2026, Bob\n<\nb@x.example\n>\nx\n",
    "quotes": "> x\n",
}


@pytest.mark.parametrize("unit", _GROWN.values(), ids=_GROWN)
def test_twice_the_lines_cost_twice_the_calls(unit: str) -> None:
    """The calls made for a text grow as its lines do."""
    single, double = (_calls(unit * count) for count in (200, 400))

    assert double < 2.2 * single


def _calls(text: str) -> int:
    """Count the functions that run while `text` is cleaned, quotes included."""
    count = 0

    def step(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(step)
    try:
        clean(MailInput(text=text, scope="thread"))
    finally:
        sys.setprofile(None)
    return count
