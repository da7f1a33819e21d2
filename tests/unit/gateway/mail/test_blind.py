"""Mails written without a look at the cleaner come out as their writer expected."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.mail import clean
from gateway.mail.cli import mail_of

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[3] / "data/mail/blind.jsonl")
    .read_text("utf-8")
    .splitlines()
]
FIELDS = ("name", "email", "phone", "role", "team")


def _with(key: str) -> list[object]:
    return [pytest.param(case, id=case["name"]) for case in CASES if key in case]


@pytest.mark.parametrize("case", _with("text"))
def test_the_newest_words_remain(case: dict[str, Any]) -> None:
    """Word for word the reply is kept and nothing else is; only line breaks may differ."""
    cleaned = clean(mail_of(case["format"], case["content"]))
    assert cleaned.text.split() == case["text"].split()


@pytest.mark.parametrize("case", _with("decision"))
def test_machines_and_people_are_told_apart(case: dict[str, Any]) -> None:
    """A rule decides for machine mail, and for nothing that a person typed.

    What a colleague might have typed as well ("out until Friday, with limited access") is evidence
    for the heads alone.
    """
    cleaned = clean(mail_of(case["format"], case["content"]))
    undecided = "evidence" if case["decision"] == "evidence" and cleaned.evidence else "human"
    assert (cleaned.decision or undecided) == case["decision"]
    if "return_date" in case:
        assert str(cleaned.return_date) == case["return_date"]


@pytest.mark.parametrize("case", _with("referral"))
def test_exactly_the_people_meant_are_found(case: dict[str, Any]) -> None:
    """Everybody pointed to is found with what was said of him, and nobody else is."""
    cleaned = clean(mail_of(case["format"], case["content"]))
    found = [person for person in cleaned.referral if any(getattr(person, f) for f in FIELDS)]
    assert len(found) == len(case["referral"])
    for person, expected in zip(found, case["referral"], strict=True):
        for key in FIELDS:
            if key in expected:
                assert (getattr(person, key) or "").lower() == expected[key].lower()
            elif key in ("name", "email", "phone"):
                assert getattr(person, key) is None
