"""Explanations of the shipped heads over the real encoder, beside exact Shapley and a sham head."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from gateway.__main__ import main
from gateway.explain.asking import AskedHead
from gateway.explain.sentences import by_sentences
from gateway.explain.values import Words
from gateway.explain.words import by_words
from gateway.offline import explanations
from gateway.offline.evaluation import read_rows
from heads.explanation import HeadAttribution, LinearForm
from heads.prediction import AttributionRequest, Pool

ROOT = Path(__file__).resolve().parents[4]
FILE = ROOT / "heads" / "data" / "held_out" / "o.jsonl"
TEXTS = (
    "Thanks for the note. The price is out of our range this year.",
    "Please take me off your list, and delete what you have of me.",
    "Sounds good, does Tuesday at two work? Ann Smith will join, she runs procurement.",
    "Not for me. Jo Brown looks after this now, you can reach him at the front desk.",
)


@pytest.fixture(scope="module")
def head() -> Iterator[AskedHead]:
    """Open the shipped head of intents."""
    with explanations.opened(ROOT / "heads" / "catalog", "intent") as head:
        yield head


def words(head: AskedHead, text: str, label: str = "referral") -> Words:
    """Explain by the words of the linear member."""
    linear = by_words(head, text, text, label).linear
    assert linear is not None
    return linear


def test_sentences_agree_with_exact_shapley_and_find_what_carries_the_label(
    head: AskedHead,
) -> None:
    """Nine forwards correlate with sixteen at 0.95 at least; random shares with nothing."""
    drawn = explanations.mosaics(read_rows(FILE), "intent", 8, seed=5)
    figures = explanations.evaluate(head, drawn, seed=5)
    assert len(drawn) == 8
    both, exact = figures["mean of both"], figures["exact Shapley"]
    assert (both["forwards"], exact["forwards"]) == (9, 16)
    assert both["correlation"] > 0.95
    assert both["hit_rate"] > exact["hit_rate"] - 0.1
    assert both["hit_rate"] > figures["random"]["hit_rate"] + 0.2
    assert abs(figures["random"]["correlation"]) < 0.4


@pytest.mark.parametrize("text", TEXTS)
def test_words_and_ngrams_sum_to_the_members_logits(head: AskedHead, text: str) -> None:
    """Completeness to 1e-4, of the linear member by one forward and of the lexical one exactly."""
    explanation = by_words(head, text, text, "objection")
    for part in (explanation.linear, explanation.lexical):
        assert part is not None
        told = [*(word.share for word in part.words), *(ngram.share for ngram in part.ngrams)]
        assert part.base + part.rest + sum(told) == pytest.approx(part.total, abs=1e-4)
    assert explanation.linear is not None
    found = [text[slice(*word.span)] for word in explanation.linear.words]
    assert " ".join(found) == text


class Shuffled:
    """The same pool, with the weights of its linear members in another order."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.head_set, self.known_head_set = pool.head_set, pool.known_head_set
        self.predict, self.close = pool.predict, pool.close

    def attribute(self, request: AttributionRequest) -> HeadAttribution:
        """Shuffle what the pool gives."""
        forms, order = self._pool.attribute(request), np.random.default_rng(1)
        assert forms.linear is not None
        vectors = {view: order.permutation(row) for view, row in forms.linear.vectors.items()}
        return replace(forms, linear=LinearForm(vectors, forms.linear.unit, forms.linear.base))


def test_a_head_whose_weights_are_shuffled_is_explained_otherwise(head: AskedHead) -> None:
    """The explanation is of the head, not of the text: the two have little in common."""
    sham = replace(head, pool=Shuffled(head.pool))
    pairs = [
        (true.share, false.share)
        for text in TEXTS
        for true, false in zip(words(head, text).words, words(sham, text).words, strict=True)
    ]
    ours, theirs = np.array(pairs).T
    assert abs(np.corrcoef(ours, theirs)[0, 1]) < 0.4


def test_what_decided_is_deleted_and_the_answer_changes(head: AskedHead) -> None:
    """The deletion that is told is asked about, not guessed."""
    text = "Thanks for the note. Jo Brown looks after this now, please ask him."
    explanation = by_sentences(head, text, text, None)
    assert explanation.label == explanation.decision.label == "referral"
    assert explanation.flip is not None
    assert [text[slice(*span)] for span in explanation.flip.spans] == [
        "Jo Brown looks after this now, please ask him."
    ]
    left = by_sentences(head, "Thanks for the note.", "Thanks for the note.", None)
    assert left.decision.outcome == explanation.flip.decision.outcome


def test_too_few_labels_make_no_mosaic() -> None:
    """A yes/no head has two, and the command says so."""
    result = CliRunner().invoke(
        main, ["explanations", "--file", str(FILE), "--head", "has_referral"]
    )
    assert result.exit_code == 1
    assert "has_referral: 2 labels have short replies, 4 are needed" in result.output
