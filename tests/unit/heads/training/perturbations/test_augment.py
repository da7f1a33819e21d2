"""Laws of augmentation: same labels, same author, referral spans and short replies kept whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from heads.training.data.tables import Record
from heads.training.perturbations.augment import augmented, vary
from trunkline.reply_context import needs_context

QUESTION = "Shall we talk on Tuesday?"


def rows(*fields: dict[str, Any]) -> list[Record]:
    """Make rows of one author."""
    return [Record(Path("w.jsonl"), n, {"author": "w-1", **row}) for n, row in enumerate(fields)]


def many() -> list[Record]:
    """Make 200 different rows."""
    return rows(*({"text": f"Not in week {n}, sorry", "intent": "objection"} for n in range(200)))


def test_copies_differ_in_the_text_alone() -> None:
    """Labels, author, file and line are those of the original, whose text is another."""
    originals = {record.line: record for record in many()}

    for copy in augmented(many(), seed=1):
        original = originals[copy.line]
        assert copy.path == original.path
        assert copy.fields["text"] != original.fields["text"]
        assert {**copy.fields, "text": ""} == {**original.fields, "text": ""}


def test_the_seed_decides_and_a_row_does_not_depend_on_its_text() -> None:
    """Same seed, same copies; another seed, others; a share of the rows has a copy."""
    first = augmented(many(), seed=1, share=0.3)

    assert first == augmented(many(), seed=1, share=0.3)
    assert first != augmented(many(), seed=2, share=0.3)
    assert 30 <= len(first) <= 90


def test_spans_of_a_referral_stay() -> None:
    """A row with a pointer is only added to, so that its spans stand there letter by letter."""
    text = "Ask Jo Mayer in purchasing"
    pointed = rows(*({"text": text, "referral": [{"name": "Jo Mayer"}]} for _ in range(100)))
    copies = augmented(pointed, seed=3)

    assert copies
    assert all(text in str(copy.fields["text"]) for copy in copies)


def test_a_short_reply_is_still_read_with_its_mail() -> None:
    """No copy of a reply that needs its mail grows too long for it."""
    short = rows(*({"text": "yes", "last_outbound": QUESTION} for _ in range(200)))
    copies = augmented(short, seed=4)

    assert copies
    assert all(needs_context(str(copy.fields["text"])) for copy in copies)


def test_tuning_varies_a_text_by_its_own_chance() -> None:
    """`vary` draws from the generator it is given, and most draws change the text."""
    made = [vary("We have our own depot.", np.random.default_rng(n)) for n in range(100)]

    assert made == [vary("We have our own depot.", np.random.default_rng(n)) for n in range(100)]
    assert sum(text != "We have our own depot." for text in made) > 80
