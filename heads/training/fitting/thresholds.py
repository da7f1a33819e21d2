"""Chooses thresholds on out-of-fold probabilities: precision, recall, never-rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from heads.training.data.taxonomy import ThresholdPolicy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Distance kept from the most certain mistake of a protected kind.
PROTECTION_MARGIN = 0.02
PROTECTED_SHARE = 0.001
_MOST = 0.99
_LEAST_ROWS = 8


def precision_threshold(confidence: Floats, correct: Bools, precision: float) -> float:
    """Find the lowest threshold from which on the answered rows reach `precision`.

    0 when everything answered already reaches it. When no threshold that still answers
    `_LEAST_ROWS` rows reaches it, the label is practically never decided: 0.99.
    """
    if not len(confidence):
        return _MOST
    order = np.argsort(-confidence, kind="stable")
    reached = np.cumsum(correct[order]) / np.arange(1, len(order) + 1) >= precision
    reached[:-1] &= np.diff(confidence[order]) < 0  # no threshold parts rows of one confidence
    if reached[-1]:
        return 0.0
    enough = np.flatnonzero(reached) + 1
    enough = enough[enough >= min(_LEAST_ROWS, len(order))]
    if not len(enough):
        return _MOST
    answered = int(enough[-1])
    # Halfway to the first refused row: neither the answered nor the refused one sits on it.
    middle = (confidence[order[answered - 1]] + confidence[order[answered]]) / 2.0
    return float(min(middle, _MOST))


def recall_threshold(probability: Floats, truth: Bools, recall: float) -> float:
    """Find the highest threshold that still catches `recall` of the true rows."""
    scores = np.sort(probability[truth])
    if not len(scores):
        return 0.5
    missed = int(np.floor((1.0 - recall) * len(scores) + 1e-9))
    return float(np.clip(scores[missed] - 1e-6, 0.02, 0.5))


def softmax_thresholds(
    probabilities: Floats,
    truth: Ints,
    labels: Sequence[str],
    policy: ThresholdPolicy,
    accepted: Sequence[frozenset[int]] = (),
) -> dict[str, float]:
    """Choose a threshold per label on the best label's probability  # (n, labels), (n,).

    `accepted`: per row the indices of labels that a second opinion takes too.
    """
    best = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    thresholds = {}
    for index, label in enumerate(labels):
        rows = best == index
        value = precision_threshold(confidence[rows], truth[rows] == index, _target(policy, label))
        thresholds[label] = max(value, 1.0 / len(labels))
    return protected_thresholds(thresholds, probabilities, truth, labels, policy, accepted)


def protected_thresholds(
    thresholds: Mapping[str, float],
    probabilities: Floats,
    truth: Ints,
    labels: Sequence[str],
    policy: ThresholdPolicy,
    accepted: Sequence[frozenset[int]] = (),
) -> dict[str, float]:
    """Raise thresholds until a protected pair is rarer than stated  # (n, labels), (n,).

    At most `PROTECTED_SHARE` of the rows of the protected label stay beyond the threshold: of
    less than a thousand none, of more so few that one odd row does not silence a label. A row of
    which a second opinion accepts the decided label is no mistake.
    """
    best, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    raised = dict(thresholds)
    for decided, protected in policy.protected:
        wrong, right = labels.index(decided), labels.index(protected)
        rows = (best == wrong) & (truth == right)
        if accepted:
            rows &= np.array([wrong not in some for some in accepted])
        mistakes = np.sort(confidence[rows])[::-1]
        spared = int(PROTECTED_SHARE * (truth == right).sum())
        worst = float(mistakes[spared]) if len(mistakes) > spared else -PROTECTION_MARGIN
        raised[decided] = max(raised[decided], min(worst + PROTECTION_MARGIN, 1.0))
    return raised


def floored(threshold: float) -> float:
    """Cut to four digits, never up: a threshold rounded up could lose the row that set it."""
    return int(threshold * 10_000) / 10_000


def yes_no_thresholds(
    probability: Floats, truth: Bools, policy: ThresholdPolicy
) -> dict[str, float]:
    """Choose `{"yes", "no"}` on the probability of yes  # (n,), (n,).

    Yes is said from `yes` upwards. Below it the answer is no, withheld while its probability
    `1 - p` is under `no`. A recall policy never withholds: its no is meant to be acted on.
    """
    if policy.recall_of_yes is not None:
        return {"yes": recall_threshold(probability, truth, policy.recall_of_yes), "no": 0.0}
    yes = max(precision_threshold(probability, truth, _target(policy, "yes")), 0.3)
    below = probability < yes
    no = precision_threshold(1.0 - probability[below], ~truth[below], _target(policy, "no"))
    return {"yes": yes, "no": no}


def several_thresholds(
    probabilities: Floats, truth: Bools, labels: Sequence[str], policy: ThresholdPolicy
) -> dict[str, float]:
    """Choose a threshold per label, each its own yes/no question  # (n, labels), (n, labels)."""
    return {
        label: max(
            precision_threshold(probabilities[:, i], truth[:, i], _target(policy, label)), 0.3
        )
        for i, label in enumerate(labels)
    }


def _target(policy: ThresholdPolicy, label: str) -> float:
    return policy.target(label) or policy.precision
