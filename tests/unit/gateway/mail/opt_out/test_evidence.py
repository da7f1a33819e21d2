"""Who ends all mail from us in his own words: instructions, not questions or features."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.mail import MailInput, clean
from gateway.mail.opt_out.evidence import opt_out_evidence, strongest
from gateway.mail.patterns.small_text import small_text

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[4] / "data/mail/opt_out.jsonl")
    .read_text("utf-8")
    .splitlines()
]
OPEN = [row for row in ROWS if row["split"] == "open"]
HELD_BACK = [row for row in ROWS if row["split"] == "held_back"]


def _strength(row: dict[str, Any]) -> str | None:
    found = strongest(opt_out_evidence(small_text(row["text"])))
    return found.strength if found else None


@pytest.mark.parametrize("row", OPEN, ids=[row["name"] for row in OPEN])
def test_an_instruction_is_evidence_and_nothing_else_is(row: dict[str, Any]) -> None:
    """Instructions are explicit, complaints likely; questions and features are none."""
    assert _strength(row) == row["evidence"]


def test_cases_written_first_are_read_as_well() -> None:
    """On cases written before the reader, "explicit" is right in 97 % and misses 10 %."""
    explicit = [row for row in HELD_BACK if _strength(row) == "explicit"]
    wanted = [row for row in HELD_BACK if row["evidence"] == "explicit"]
    right = [row for row in wanted if _strength(row) == "explicit"]
    assert len(right) >= 0.97 * len(explicit)
    assert len(right) >= 0.90 * len(wanted)


def test_there_are_enough_cases() -> None:
    """At least 200 cases over 15 languages, a third held back, both answers in each language."""
    assert len({row["name"] for row in ROWS}) == len(ROWS) >= 200
    assert len(HELD_BACK) * 3 >= 200
    languages = {row["lang"] for row in ROWS}
    assert len(languages) >= 15
    for language in languages:
        answers = {row["evidence"] for row in ROWS if row["lang"] == language}
        assert {"explicit", None} <= answers


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_the_words_stand_in_the_text(row: dict[str, Any]) -> None:
    """Evidence is the text's own words, at the place named."""
    for evidence in opt_out_evidence(small_text(row["text"])):
        assert row["text"][evidence.start : evidence.end] == evidence.text != ""


def test_our_own_footer_in_the_quote_is_no_evidence() -> None:
    """Only the newest words count, not the unsubscribe line of the mail that they answer."""
    text = (
        "Thursday at 3 works.\n\nOn Tue, 5 May 2026 at 15:04, Tom <tom@vendor.example> wrote:\n\n"
        "> Hi\n> Please reply STOP to unsubscribe from our list.\n"
    )
    assert clean(MailInput(text=text)).opt_out_evidence is None


def test_the_strongest_words_are_named() -> None:
    """A mail that complains and then instructs is explicit, at the instruction."""
    cleaned = clean(MailInput(text="This is spam. Take me off your list."))
    assert cleaned.opt_out_evidence == "explicit"
    assert cleaned.opt_out_span is not None
    start, end = cleaned.opt_out_span
    assert cleaned.text[start:end] == "Take me off your list"


def test_a_machine_gives_no_evidence() -> None:
    """An absence notice that mentions lists ends nothing."""
    notice = MailInput(
        text="I am on leave. Please remove me from your list.",
        headers={"Auto-Submitted": "auto-replied"},
    )
    assert clean(notice).opt_out_evidence is None
