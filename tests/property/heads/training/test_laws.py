"""Laws of calibration, thresholds, splits and agreement, on generated data."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from heads.training.data.agreement import agreement
from heads.training.data.splits import grouped_folds, random_folds
from heads.training.data.taxonomy import ThresholdPolicy
from heads.training.fitting.calibration import (
    apply_platt,
    apply_temperature,
    fit_platt,
    fit_temperature,
    log_loss,
)
from heads.training.fitting.thresholds import (
    precision_threshold,
    recall_threshold,
    softmax_thresholds,
)
from heads.training.metrics import expected_calibration_error, risk_coverage
from tests.support.examples import examples

seeds = st.integers(0, 2**32 - 1)


def scored(
    seed: int, rows: int = 60, labels: int = 4
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw random probabilities that lean towards the truth."""
    random = np.random.default_rng(seed)
    truth = random.integers(labels, size=rows)
    logits = random.normal(size=(rows, labels)) * random.uniform(0.2, 4.0)
    logits[np.arange(rows), truth] += random.uniform(0.0, 3.0)
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True), truth


@given(seeds)
@settings(max_examples=examples(40))
def test_temperature_never_worsens_nor_reorders(seed: int) -> None:
    """The fitted temperature lowers the log-loss or leaves it, and keeps every row's order."""
    mean, truth = scored(seed)
    targets = np.eye(4)[truth]
    temperature = fit_temperature(mean, targets)
    calibrated = apply_temperature(mean, temperature)
    assert log_loss(calibrated, targets) <= log_loss(mean, targets) + 1e-9
    assert (calibrated.argmax(axis=1) == mean.argmax(axis=1)).all()
    assert np.allclose(calibrated.sum(axis=1), 1.0)


@given(seeds)
@settings(max_examples=examples(40))
def test_platt_keeps_order_and_stays_finite(seed: int) -> None:
    """Platt scaling is increasing in the score, also for one class alone or perfect separation."""
    random = np.random.default_rng(seed)
    mean = random.uniform(1e-6, 1 - 1e-6, size=40)
    for truth in (mean > 0.5, np.zeros(40, bool), random.random(40) < mean):
        slope, intercept = fit_platt(mean, truth.astype(float))
        assert np.isfinite([slope, intercept]).all()
        ordered = apply_platt(np.sort(mean), slope, intercept)
        assert (np.diff(ordered) >= 0).all()


@given(seeds, st.sampled_from([0.8, 0.9, 0.95]), st.sampled_from([1, 15]))
@settings(max_examples=examples(60))
def test_precision_threshold_keeps_its_promise(seed: int, precision: float, digits: int) -> None:
    """What is answered at the threshold reaches the precision, or hardly anything is answered."""
    random = np.random.default_rng(seed)
    confidence = random.random(80).round(digits)  # with one digit, many rows share a confidence
    correct = random.random(80) < confidence
    threshold = precision_threshold(confidence, correct, precision)
    answered = confidence >= threshold
    assert threshold == 0.99 or correct[answered].mean() >= precision


@given(seeds, st.floats(0.5, 1.0))
@settings(max_examples=examples(60))
def test_recall_threshold_keeps_its_promise(seed: int, recall: float) -> None:
    """At the threshold at least that share of the true rows is found (above its floor)."""
    random = np.random.default_rng(seed)
    probability = random.uniform(0.05, 1.0, size=70)
    truth = random.random(70) < 0.4
    if truth.any():
        threshold = recall_threshold(probability, truth, recall)
        assert (probability[truth] >= threshold).mean() >= recall - 1e-9


@given(seeds)
@settings(max_examples=examples(40))
def test_protected_pair_is_never_decided(seed: int) -> None:
    """No row of the protected label passes the threshold of the label it must not be given."""
    probabilities, truth = scored(seed)
    labels = ("positive", "objection", "unsubscribe", "other")
    policy = ThresholdPolicy(protected=(("unsubscribe", "positive"),))
    thresholds = softmax_thresholds(probabilities, truth, labels, policy)
    best = probabilities.argmax(axis=1)
    wrong = (best == 2) & (truth == 0)
    assert (probabilities.max(axis=1)[wrong] < thresholds["unsubscribe"]).all()


@given(seeds)
@settings(max_examples=examples(20))
def test_of_many_protected_rows_one_in_a_thousand_may_pass(seed: int) -> None:
    """A single odd row does not silence a label, and a row with a second opinion is none."""
    probabilities, truth = scored(seed)
    probabilities, truth = np.tile(probabilities, (60, 1)), np.tile(truth, 60)
    labels = ("positive", "objection", "unsubscribe", "other")
    policy = ThresholdPolicy(protected=(("unsubscribe", "positive"),))
    wrong = (probabilities.argmax(axis=1) == 2) & (truth == 0)
    confidence = probabilities.max(axis=1)
    limit = softmax_thresholds(probabilities, truth, labels, policy)["unsubscribe"]
    assert (confidence[wrong] >= limit).sum() <= (truth == 0).sum() / 1000
    doubted = [
        frozenset({2}) if row else frozenset({int(t)}) for row, t in zip(wrong, truth, strict=True)
    ]
    free = softmax_thresholds(probabilities, truth, labels, policy, doubted)
    assert free == softmax_thresholds(probabilities, truth, labels, ThresholdPolicy())


@given(seeds, st.integers(2, 5))
@settings(max_examples=examples(40))
def test_no_author_on_both_sides(seed: int, folds: int) -> None:
    """Every row is tested once, and no author is ever both learnt from and judged."""
    random = np.random.default_rng(seed)
    authors = [f"a{number}" for number in random.integers(12, size=70)] + list("vwxyz")
    strata = [f"s{number}" for number in random.integers(3, size=75)]
    made = grouped_folds(strata, authors, folds=folds, seed=seed)
    for fold in made:
        assert not {authors[i] for i in fold.train} & {authors[i] for i in fold.test}
        assert len(fold.train) + len(fold.test) == len(authors)
    assert sorted(np.concatenate([fold.test for fold in made])) == list(range(len(authors)))


@given(seeds)
@settings(max_examples=examples(20))
def test_random_folds_are_stratified(seed: int) -> None:
    """Every label is spread over the folds to within one row, and every row is tested once."""
    strata = ["a"] * 23 + ["b"] * 9 + ["c"]
    made = random_folds(strata, folds=4, seed=seed)
    for label in "abc":
        counts = [sum(strata[i] == label for i in fold.test) for fold in made]
        assert max(counts) - min(counts) <= 1
    assert sorted(np.concatenate([fold.test for fold in made])) == list(range(33))


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=30))
def test_kappa_of_a_labelling_with_itself_is_one(labels: list[str]) -> None:
    """Perfect agreement is kappa 1, overall and for each class."""
    result = agreement(labels, labels)
    assert result.kappa == 1.0
    assert set(result.per_class.values()) == {1.0}


def test_kappa_of_a_known_table() -> None:
    """The textbook case: 20 yes-yes, 15 no-no, 5 and 10 mixed of 50 give kappa 0.4."""
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert abs(agreement(first, second).kappa - 0.4) < 1e-9


@given(seeds)
@settings(max_examples=examples(40))
def test_calibration_error_and_risk_stay_in_bounds(seed: int) -> None:
    """The calibration error lies in [0, 1]; full coverage has the plain accuracy."""
    random = np.random.default_rng(seed)
    confidence = random.random(50)
    correct = random.random(50) < 0.6
    assert 0.0 <= expected_calibration_error(confidence, correct) <= 1.0
    coverage, accuracy = risk_coverage(confidence, correct)
    assert coverage[-1] == 1.0
    assert accuracy[-1] == correct.mean()
