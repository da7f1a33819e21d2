"""The set of people and machines is whole, and its rates count what they say."""

import hashlib
import json
from collections import Counter
from pathlib import Path

from loadtests.bench.people import MACHINES, PEOPLE, Rate, read, rule_decision, total

ROOT = Path(__file__).resolve().parents[4]
LANGUAGES = {"de", "en", "es", "fr", "it", "nl", "pl", "pt"}


def test_the_sets_are_whole() -> None:
    """400 people, 200 machines with headers and 200 without, as many in each language."""
    people, machines = read(PEOPLE), read(MACHINES)

    assert Counter(row["lang"] for row in people) == dict.fromkeys(LANGUAGES, 50)
    for with_headers in (True, False):
        rows = [row for row in machines if row["with_headers"] is with_headers]
        assert Counter(row["lang"] for row in rows) == dict.fromkeys(LANGUAGES, 25)
    assert len({row["id"] for row in (*people, *machines)}) == 800


def test_nothing_is_trained_on_them() -> None:
    """No text of the set stands in the corpus that heads learn from, nor among the mail cases."""
    kept = {_digest(str(row["text"])) for row in (*read(PEOPLE), *read(MACHINES))}
    files = [*(ROOT / "heads/data").rglob("*.jsonl"), *(ROOT / "tests/data/mail").glob("*.jsonl")]
    texts = [
        value
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        for value in json.loads(line).values()
        if isinstance(value, str)
    ]

    assert len(files) > 5
    assert not [text for text in texts if _digest(text) in kept]


def test_rates_count_machines_and_the_undecided() -> None:
    """A calendar answer and a bounce are machines'; no decision is counted apart."""
    assert total(["auto_reply", "bounce", "calendar", "positive", None]) == Rate(5, 3, 1)
    assert total(["positive", None]).cells() == "0.0% | 50.0%"


def test_rules_decide_by_headers_alone() -> None:
    """The headers of a row reach the rules."""
    row = {"text": "Sure, Tuesday.", "headers": {"Auto-Submitted": "auto-replied"}}

    assert rule_decision(row) == "auto_reply"
    assert rule_decision({"text": "Sure, Tuesday."}) is None


def _digest(text: str) -> str:
    return hashlib.sha256("".join(text.split()).casefold().encode("utf-8", "replace")).hexdigest()
