"""What a head's label is explained by is what the head computes, to the last digits that matter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heads.explanation import LexicalForm, LinearForm
from heads.inference import lexical
from heads.inference.attribution import MAX_NGRAMS, lexical_form, linear_form
from heads.inference.lexical import LexicalConfig
from heads.inference.members import Group, Inputs
from heads.inference.ngrams import occurrences
from tests.support.bundles import BUCKETS, VIEWS, build_head, feature_rows
from tests.support.examples import examples

MEMBERS = (
    {"views": list(VIEWS), "normalise": "l2"},
    {"lexical": True},
    {"views": ["mean@3"], "hidden": 4},
)
HEADS: tuple[dict[str, Any], ...] = (
    {"members": MEMBERS},
    {"members": MEMBERS, "kind": "sigmoid", "labels": ("yes", "no")},
    {"members": MEMBERS, "kind": "sigmoid", "labels": ("a", "b", "c")},
)
CONFIG = LexicalConfig(BUCKETS)
TEXTS = st.text("abA ßİΣ,.\n\t é", max_size=60)


def logits(changes: dict[str, Any], member: int, text: str) -> tuple[Any, dict[str, float]]:
    """Return a head, and a member's logit for each label over the mean of them (softmax)."""
    head = build_head(**changes)
    row = feature_rows(1)[0]
    views = {view: vector[None] for view, vector in row.vectors.items()}
    inputs = Inputs(views, {CONFIG: [lexical.features(text, CONFIG)]}, 1)
    got = Group([head.members[member]]).logits(inputs, 0, 1)[0]
    if changes.get("labels") == ("yes", "no"):
        return head, {"yes": float(got[0]), "no": -float(got[0])}
    centred = got - got.mean() if head.manifest.kind == "softmax" else got
    return head, dict(zip(head.manifest.labels, centred.tolist(), strict=True))


@pytest.mark.parametrize("changes", HEADS)
def test_a_linear_form_gives_the_linear_members_logit(changes: dict[str, Any]) -> None:
    """Base and products with the views, unit vectors where the member takes them, to 1e-5."""
    head, expected = logits(changes, 0, "")
    row = feature_rows(1)[0]
    for label, logit in expected.items():
        form = linear_form(head, label)
        assert isinstance(form, LinearForm)
        unit = {view: row.vectors[view] / np.linalg.norm(row.vectors[view]) for view in VIEWS}
        total = form.base + sum(float(form.vectors[view] @ unit[view]) for view in VIEWS)
        assert form.unit
        assert total == pytest.approx(logit, abs=1e-5)


@pytest.mark.parametrize("changes", HEADS)
@settings(max_examples=examples(40))
@given(text=TEXTS)
def test_ngrams_give_the_lexical_members_logit(changes: dict[str, Any], text: str) -> None:
    """Base, the n-grams told and the rest of them sum to it, whatever the text."""
    head, expected = logits(changes, 1, text)
    for label, logit in expected.items():
        form = lexical_form(head, label, text)
        assert isinstance(form, LexicalForm)
        assert len(form.ngrams) <= MAX_NGRAMS
        assert form.logit == pytest.approx(logit, abs=1e-4)


@settings(max_examples=examples(100))
@given(text=TEXTS)
def test_every_ngram_is_found_where_it_stands(text: str) -> None:
    """As many as are counted, each with its own letters, in the order of counting."""
    found = occurrences(text, CONFIG)
    features = lexical.features(text, CONFIG)
    kinds, counts = np.unique(found.kinds, return_counts=True)
    assert len(found.spans) == len(found.kinds)
    assert kinds.tolist() == list(range(len(features.indices)))
    assert np.abs(features.values) == pytest.approx(1 + np.log(counts))
    assert (found.spans[:, 0] <= found.spans[:, 1]).all()
    assert (found.spans <= len(text)).all()
    for kind in kinds:
        stand = {
            " ".join(text[start:end].lower().split())
            for start, end in found.spans[found.kinds == kind].tolist()
        }
        assert len({word.replace(" ", "") for word in stand}) == 1


def test_a_head_without_such_members_has_no_such_forms() -> None:
    """Nothing is made up for a network with a hidden layer."""
    head = build_head(members=({"views": ["mean@3"], "hidden": 4},))
    assert linear_form(head, "positive") is None
    assert lexical_form(head, "positive", "words") is None
