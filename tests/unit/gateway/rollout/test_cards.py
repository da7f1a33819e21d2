"""What pages read of a catalog: cards, pictures, the journal; whatever lies there, no failure."""

import json
from pathlib import Path

import pytest

from gateway.rollout.cards import Cards, CatalogAwayError

ENTRY = {
    "head": "intent", "action": "promote", "by": "me", "why": "better", "generation": 2,
    "before": {}, "after": {"production": "2"}, "at": "2026-01-02T03:04:05", "id": "a",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a catalog with one version, whose journal a crash cut off."""
    version = tmp_path / "intent" / "2"
    version.mkdir(parents=True)
    (version / "README.md").write_text("# intent")
    (version / "confusion.png").write_bytes(b"png")
    (tmp_path / "intent" / "aliases.json").write_text("{}")
    lines = [ENTRY, {**ENTRY, "outcome": "failed"}, {**ENTRY, "id": "b", "head": "other"}]
    text = "".join(json.dumps(line) + "\n" for line in lines) + '{"head": "int'
    (tmp_path / "audit.jsonl").write_text(text)
    return tmp_path


def test_a_version_has_its_card_and_pictures(folder: Path) -> None:
    """Those that are there, by name; of an unknown one nothing."""
    cards = Cards(str(folder))
    assert cards.versions("intent") == ["2"]
    assert cards.card("intent", "2") == "# intent"
    assert cards.pictures("intent", "2") == ["confusion.png"]
    assert cards.picture("intent", "2", "confusion.png") == b"png"
    assert cards.picture("intent", "2", "README.md") is None
    for head, version in (("../intent", "2"), ("intent", "../2"), ("other", "1")):
        assert cards.card(head, version) is None
        assert not cards.pictures(head, version)


def test_the_journal_tells_what_became_of_a_change(folder: Path) -> None:
    """Its two lines are one change with its outcome; half a line is none."""
    (change,) = Cards(str(folder)).journal("intent")
    assert (change.id, change.outcome) == ("a", "failed")


def test_what_cannot_be_read_is_away(folder: Path) -> None:
    """A file where a folder should be is no failure of the page."""
    with pytest.raises(CatalogAwayError):
        Cards(str(folder)).card("intent", "aliases.json")
