"""Laws of variation: seeded, the words stay, and a foreign mail meets clear short texts alone."""

from __future__ import annotations

import numpy as np

from heads.training.tuning.augment import varied, vary
from trunkline.reply_context import needs_context

TEXTS = ("Yes.", "No thanks!", "Please call me about the contract next week.", "ok") * 50
CONTEXTS = ("Shall we meet?", "", "", "") * 50


def test_nothing_varies_unless_asked() -> None:
    """Shares of zero give the texts as they are, which public sets need."""
    texts, contexts = varied(TEXTS, CONTEXTS, np.random.default_rng(0), 0.0, 0.0)
    assert (tuple(texts), tuple(contexts)) == (TEXTS, CONTEXTS)
    assert varied(TEXTS, ("",) * 200, np.random.default_rng(0), 0.0, 1.0)[1] == [""] * 200


def test_a_seed_repeats_an_epoch_and_another_changes_it() -> None:
    """All chance comes from the generator that is handed in."""
    first, again, other = (
        varied(TEXTS, CONTEXTS, np.random.default_rng(seed), 0.5, 0.5) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_half_of_the_clear_short_texts_meet_a_foreign_mail() -> None:
    """A text keeps its own mail; a long one never gets any."""
    _, contexts = varied(TEXTS, CONTEXTS, np.random.default_rng(0), 0.0, 0.5)
    given = 0
    for text, own, read in zip(TEXTS, CONTEXTS, contexts, strict=True):
        assert read in (own, "Shall we meet?") if needs_context(text) else read == ""
        given += bool(read) and not own
    assert 30 < given < 70


def test_what_is_read_with_a_mail_stays_short() -> None:
    """Serving would not read it with one otherwise."""
    texts, contexts = varied(TEXTS, CONTEXTS, np.random.default_rng(0), 1.0, 0.5)
    assert all(needs_context(text) for text, read in zip(texts, contexts, strict=True) if read)
    assert sum(text != old for text, old in zip(texts, TEXTS, strict=True)) > 40


def test_a_text_is_varied_by_its_own_chance() -> None:
    """`vary` draws from the generator it is given, and most draws change the text."""
    made = [vary("We have our own depot.", np.random.default_rng(n)) for n in range(100)]

    assert made == [vary("We have our own depot.", np.random.default_rng(n)) for n in range(100)]
    assert sum(text != "We have our own depot." for text in made) > 80
