"""Laws of perturbations: pure, harmless to what a text asks, other words at the gate."""

from __future__ import annotations

import numpy as np
import pytest

from heads.training.perturbations.kinds import KINDS
from heads.training.perturbations.vocabulary import GATE, LEARNING, Vocabulary

TEXTS = (
    "Please send the catalogue to ana@firm.example, our colour is grey.",
    "ok",
    "Call me on 555-0117 whilst I am in the theatre.",
    "Hablamos el lunes",
)
FIELDS = tuple(name for name in Vocabulary.__dataclass_fields__)


@pytest.mark.parametrize("field", FIELDS)
def test_the_gate_measures_with_words_that_no_head_learnt_on(field: str) -> None:
    """No name, form, sentence, spelling or kind of typo stands in both vocabularies."""
    learnt, measured = ({*map(str, getattr(words, field))} for words in (LEARNING, GATE))

    assert learnt
    assert measured
    assert not {word.casefold() for word in learnt} & {word.casefold() for word in measured}


@pytest.mark.parametrize("words", [LEARNING, GATE], ids=["learning", "gate"])
@pytest.mark.parametrize("name", KINDS)
def test_the_same_chance_gives_the_same_text(name: str, words: Vocabulary) -> None:
    """A perturbation is decided by text, vocabulary and seed alone."""
    for text in TEXTS:
        made = {KINDS[name].change(text, words, np.random.default_rng(7)) for _ in range(2)}
        assert len(made) == 1


@pytest.mark.parametrize("words", [LEARNING, GATE], ids=["learning", "gate"])
@pytest.mark.parametrize("name", sorted(KINDS.keys() - {"casing", "typo", "spelling"}))
def test_what_is_added_leaves_the_text(name: str, words: Vocabulary) -> None:
    """An adding kind keeps the text letter by letter, fills every form in and adds something."""
    for seed in range(60):
        for text in TEXTS:
            changed = KINDS[name].change(text, words, np.random.default_rng(seed))
            assert text in changed
            assert len(changed) > len(text)
            assert "{" not in changed


@pytest.mark.parametrize("words", [LEARNING, GATE], ids=["learning", "gate"])
def test_a_typo_spares_addresses_numbers_and_short_words(words: Vocabulary) -> None:
    """One word is mistyped; what is no plain word of four letters stays."""
    typo = KINDS["typo"]
    for seed in range(40):
        changed = typo.change(TEXTS[0], words, np.random.default_rng(seed))
        assert "ana@firm.example" in changed
        assert abs(len(changed) - len(TEXTS[0])) <= 1
    assert typo.change("ok, 555-0117", words, np.random.default_rng(0)) == "ok, 555-0117"


def test_a_spelling_goes_both_ways_and_stops_at_words() -> None:
    """British becomes American and back; a form inside another word is none."""
    spelling = KINDS["spelling"]
    random = np.random.default_rng(0)

    assert spelling.change("the catalogue", GATE, random) == "the catalog"
    assert spelling.change("the catalog", GATE, random) == "the catalogue"
    assert spelling.change("a string of affirmations", GATE, random) == "a string of affirmations"
