"""Every case under tests/data/mail comes out with the words that were typed last."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.mail import clean
from gateway.mail.cli import mail_of

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[3] / "data/mail/cases.jsonl")
    .read_text("utf-8")
    .splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case_keeps_only_the_newest_words(case: dict[str, Any]) -> None:
    """Only the newest author's words remain, and what was cut stands in its zone."""
    cleaned = clean(mail_of(case["format"], case["content"]))
    assert cleaned.text == case["text"]
    assert cleaned.decision == case.get("decision")
    assert case.get("signature", "") in cleaned.signature
    assert bool(cleaned.banner) == case.get("banner", False)
    assert bool(cleaned.disclaimer) == case.get("disclaimer", False)
    if "return_date" in case:
        assert str(cleaned.return_date) == case["return_date"]


def test_there_are_enough_cases() -> None:
    """At least 150 own cases, every one with a name of its own."""
    assert len({case["name"] for case in CASES}) == len(CASES) >= 150
