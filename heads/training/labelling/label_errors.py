"""Finds labels that look wrong: what heads that never saw the row say against them.

Confident learning (Northcutt et al. 2021): a label is suspect where another one's score is above
what rows of that label have on average; the least sure of its own label stands first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.training.data.splits import grouped_folds, random_folds
from heads.training.errors import TooFewRowsError
from heads.training.labelling.selection import HeadLabels, score
from heads.training.metrics import Bools, Floats, Ints

_FOLDS = 5


@dataclass(frozen=True)
class LabelErrors:
    """Labelled rows, the most suspect first; what was scored highest, and which are suspect.

    `margins`: the given label's score above the best other one, of each of these rows.
    """

    rows: Ints
    suggested: Ints
    margins: Floats
    suspect: Bools


def find_label_errors(
    x: NDArray[np.float32], head: HeadLabels, groups: Sequence[str], *, seed: int = 0
) -> LabelErrors:
    """Score every labelled row by a head that saw no row of its group, and order them.

    Raises TooFewRowsError where the labels cannot fill the folds.
    """
    known = np.flatnonzero(head.known)
    given = _given(head)[known]
    if len(known) < 2 * _FOLDS or not head.learnable:
        raise TooFewRowsError(f"{len(known)} labelled rows are too few to doubt any")
    scores = np.zeros((len(known), 2 if not head.softmax else head.targets.shape[1]))
    for train, test in _folds(given, [groups[row] for row in known.tolist()], seed):
        scores[test] = _per_label(head, score(x, head, known[train], seed=seed)[known[test]])
    own = scores[np.arange(len(known)), given]
    others = scores.copy()
    others[np.arange(len(known)), given] = -1.0
    suggested = others.argmax(axis=1)
    best_other = others.max(axis=1)
    usual = _usual(scores, given)
    suspect = (best_other >= usual[suggested]) & (best_other > own)
    order = np.argsort(own - best_other, kind="stable")
    return LabelErrors(known[order], suggested[order], (own - best_other)[order], suspect[order])


def _given(head: HeadLabels) -> Ints:
    if head.softmax:
        return np.asarray(head.targets.argmax(axis=1), dtype=np.int64)
    return np.asarray(head.targets[:, 0] < 0.5, dtype=np.int64)


def _per_label(head: HeadLabels, scores: Floats) -> Floats:
    return scores if head.softmax else np.concatenate([scores, 1 - scores], axis=1)


def _usual(scores: Floats, given: Ints) -> Floats:
    """Return each label's mean score over the rows that have it; 1 where none has."""
    usual = np.ones(scores.shape[1])
    for label in np.unique(given):
        usual[label] = scores[given == label, label].mean()
    return usual


def _folds(given: Ints, groups: Sequence[str], seed: int) -> list[tuple[Ints, Ints]]:
    strata = [str(label) for label in given]
    try:
        folds = grouped_folds(strata, groups, folds=_FOLDS, seed=seed)
    except TooFewRowsError:
        folds = random_folds(strata, folds=_FOLDS, seed=seed)
    return [(fold.train, fold.test) for fold in folds]
