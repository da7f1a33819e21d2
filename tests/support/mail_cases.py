"""Cases of mail in tests/data/mail that share one form, and the check of each."""

import json
from pathlib import Path
from typing import Any

from gateway.mail import CleanedMail, MailInput, clean

_FOLDER = Path(__file__).parents[1] / "data/mail"


def mail_cases(name: str) -> list[dict[str, Any]]:
    """Return the rows of tests/data/mail/`name`.jsonl."""
    return [json.loads(row) for row in (_FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


def name_of(case: dict[str, Any]) -> str:
    """Return the name by which pytest lists `case`."""
    return str(case["name"])


def check_case(case: dict[str, Any], mail: MailInput) -> CleanedMail:
    """Assert the text, flags and decision that `case` names; return all that `mail` cleans to."""
    cleaned = clean(mail)
    if "text" in case:
        assert cleaned.text == case["text"]
    assert set(case["flags"]) <= set(cleaned.flags)
    assert set(case["absent"]).isdisjoint(cleaned.flags)
    if "decision" in case:
        assert cleaned.decision == case["decision"]
    return cleaned
