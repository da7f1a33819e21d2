"""Training text is serving text: the shipped prepared corpus is the cleaner's own output."""

import json
from pathlib import Path

import pytest

from gateway.mail import MailInput, clean
from gateway.offline.prepare import prepare, prepared_lines
from trunkline.reply_context import context_of

DATA = Path(__file__).resolve().parents[4] / "heads" / "data"


@pytest.mark.parametrize("source", sorted((DATA / "replies").glob("*.jsonl")), ids=lambda p: p.name)
def test_the_prepared_corpus_is_fresh(source: Path) -> None:
    """Running `gateway prepare` on the corpus again would change nothing (`make prepared`)."""
    shipped = DATA / "prepared" / source.name

    assert shipped.read_text(encoding="utf-8") == prepared_lines(source)


@pytest.mark.parametrize(
    "source", sorted((DATA / "prepared").glob("*.jsonl")), ids=lambda p: p.name
)
def test_training_reads_a_prepared_row_with_the_context_that_serving_gives_it(source: Path) -> None:
    """What heads learn from and what the encoder is sent are one pair, row by row."""
    for line in source.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        outbound = row.get("last_outbound")
        served = clean(MailInput(text=row["text"], last_outbound=outbound)).context

        assert context_of(row["text"], outbound) == (served or "")


def test_a_context_is_prepared_as_serving_cleans_it() -> None:
    """Quotes go from what a short reply answers; a reply that is read alone keeps none."""
    outbound = (
        "Shall we talk on Tuesday?\n\nOn Mon, 2 June 2025 at 9:00, Ann <a@x.example> wrote:\n> Hi"
    )
    short = prepare({"text": "yes", "last_outbound": outbound})
    longer = prepare({"text": "yes, let us talk at ten", "last_outbound": outbound})

    assert short["last_outbound"] == "Shall we talk on Tuesday?"
    assert longer["last_outbound"] is None
    assert prepare(short) == short
    assert "last_outbound" not in prepare({"text": "yes"})


def test_preparing_twice_changes_nothing() -> None:
    """A prepared row is its own preparation, labels untouched."""
    row = {"text": "Not for us.\n\n-- \nAnn Lee\nAcme\n+44 20 7946 0000", "intent": "objection"}
    once = prepare(row)

    assert once["text"] == "Not for us."
    assert once["intent"] == "objection"
    assert prepare(once) == once
