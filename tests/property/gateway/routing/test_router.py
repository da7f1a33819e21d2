"""Routing is a function of the text alone, whatever the text."""

import math

from hypothesis import given
from hypothesis import strategies as st

from embedder.testing.embedder import FAKE_FINGERPRINT
from gateway.routing.languages import UNKNOWN, read_model
from gateway.routing.router import LanguageRouter
from tests.support.pools import OTHER
from tests.support.routing import risk_table

_MODEL = read_model()
_ROUTER = LanguageRouter(_MODEL, risk_table({"en": 0.1, UNKNOWN: 0.9}, {"en": 0.2, UNKNOWN: 0.3}))
_TEXTS = st.text() | st.lists(st.sampled_from([*_MODEL.vocabulary, "ok", "Ж", "猫"])).map(" ".join)


@given(_TEXTS, st.lists(_TEXTS, max_size=3))
def test_the_choice_depends_on_the_text_alone(text: str, others: list[str]) -> None:
    """Texts before it change nothing; it is one of the encoders, and probabilities sum to 1."""
    first = _ROUTER.choose(text, FAKE_FINGERPRINT)
    for other in others:
        _ROUTER.choose(other, FAKE_FINGERPRINT)
    assert _ROUTER.choose(text, FAKE_FINGERPRINT) == first
    assert first.fingerprint in (FAKE_FINGERPRINT, OTHER)
    probabilities = _MODEL.probabilities(text)
    assert not probabilities or math.isclose(sum(probabilities.values()), 1.0, rel_tol=1e-6)
    assert set(probabilities) <= {*_MODEL.languages, UNKNOWN}


@given(_TEXTS)
def test_a_text_without_language_stays_with_the_default(text: str) -> None:
    """What is too short to tell is read by the usual encoder."""
    choice = _ROUTER.choose(text, FAKE_FINGERPRINT)
    assert choice.language is not None or choice.fingerprint == FAKE_FINGERPRINT
