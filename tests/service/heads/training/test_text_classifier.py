"""Laws of `TextClassifier`: scikit-learn's own, and that it answers as a bundle does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from heads.bundle.loading import load_folder
from heads.inference.stack import Stack
from heads.training.commands.train import CATALOG
from heads.training.text_classifier import TextClassifier
from tests.support.checkpoints import write_bert

ROOT = Path(__file__).resolve().parents[4]
TEXTS = [f"{start} {n}" for n in range(12) for start in ("what is the price of", "call me at")]
LABELS = ["price", "call"] * 12


def test_scikit_learns_checks_pass_and_none_is_skipped() -> None:
    """At least fifty of them are really executed."""
    # Without it scikit-learn leaves its check of array types out.
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SCIPY_ARRAY_API": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.estimator_checks"],
        env=env, cwd=ROOT, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    results = json.loads(done.stdout)
    assert len(results) >= 50
    assert [its for its in results if its[1] != "passed"] == []


def test_it_learns_on_an_encoder_and_is_cloned_and_cross_validated(tmp_path: Path) -> None:
    """A small encoder and words together; what is cloned knows its parameters and nothing else."""
    folder = write_bert(tmp_path / "bert")
    classifier = TextClassifier("mean@1;lexical", model=str(folder), precision="fp32")
    assert cross_val_score(clone(classifier), TEXTS, LABELS, cv=3).min() == 1.0
    learnt = classifier.fit(TEXTS, LABELS)
    assert learnt.classes_.tolist() == ["call", "price"]
    assert np.allclose(learnt.predict_proba(TEXTS).sum(axis=1), 1.0)
    assert learnt.predict(["the price of it"]).tolist() == ["price"]
    assert not hasattr(clone(learnt), "classes_")
    again = clone(learnt).fit(TEXTS, LABELS)
    assert (again.predict_proba(TEXTS) == learnt.predict_proba(TEXTS)).all()


def test_of_a_bundle_it_answers_as_the_head_does() -> None:
    """Labels, probabilities and abstentions are those of the head's own stack on the same rows."""
    classifier = TextClassifier.from_bundle(CATALOG / "has_referral" / "2", precision="fp32")
    texts = ["Please ask Jane Doe, she runs sales.", "No thanks.", "Call me on Tuesday."]
    rows = classifier.rows(texts)
    head = load_folder(CATALOG / "has_referral" / "2")
    (wanted,) = Stack((head,)).predict((0,), rows)
    assert classifier.predict(texts).tolist() == [wanted.labels[best] for best in wanted.best]
    assert np.abs(classifier.predict_proba(texts) - wanted.scores).max() < 1e-6
    assert classifier.abstains(texts).tolist() == list(wanted.abstained)
    assert classifier.predict(texts).tolist() == ["yes", "no", "no"]


def test_a_bundle_of_another_encoder_is_refused(tmp_path: Path) -> None:
    """No label is guessed from vectors that the head has not learnt on."""
    folder = write_bert(tmp_path / "bert", layers=4)
    classifier = TextClassifier.from_bundle(CATALOG / "intent" / "2", model=str(folder))
    with pytest.raises(ValueError, match="learnt on another encoder"):
        classifier.predict(["No thanks."])


@pytest.mark.parametrize("texts", [[], [1, 2], [["a", "b"]], "one text alone"])
def test_what_is_no_sequence_of_texts_is_refused(texts: object) -> None:
    """A shape or a type that would be read as something else raises ValueError."""
    classifier = TextClassifier("lexical").fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match=r"texts|text"):
        classifier.predict(texts)
