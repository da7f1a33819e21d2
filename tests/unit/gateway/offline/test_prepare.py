"""Training text is serving text: the shipped prepared corpus is the cleaner's own output."""

from pathlib import Path

import pytest

from gateway.offline.prepare import prepare, prepared_lines

DATA = Path(__file__).resolve().parents[4] / "heads" / "data"


@pytest.mark.parametrize("source", sorted((DATA / "replies").glob("*.jsonl")), ids=lambda p: p.name)
def test_the_prepared_corpus_is_fresh(source: Path) -> None:
    """Running `gateway prepare` on the corpus again would change nothing (`make prepared`)."""
    shipped = DATA / "prepared" / source.name

    assert shipped.read_text(encoding="utf-8") == prepared_lines(source)


def test_preparing_twice_changes_nothing() -> None:
    """A prepared row is its own preparation, labels untouched."""
    row = {"text": "Not for us.\n\n-- \nAnn Lee\nAcme\n+44 20 7946 0000", "intent": "objection"}
    once = prepare(row)

    assert once["text"] == "Not for us."
    assert once["intent"] == "objection"
    assert prepare(once) == once
