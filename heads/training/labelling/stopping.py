"""Says what more labels would bring: the gain of the last ones, measured on rows held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.training.data.splits import grouped_folds
from heads.training.labelling.selection import HeadLabels, score
from heads.training.metrics import Ints, confusion, macro_f1, percentile_interval

_ROUNDS = 6
_FOLDS = 5


@dataclass(frozen=True)
class Gain:
    """What the last `step` of `labels` labels brought in macro-F1: mean and 95 % interval.

    Learning curves flatten, so that as many more bring less on average.
    """

    labels: int
    step: int
    gain: float
    low: float
    high: float

    def stop_at(self, least: float) -> bool:
        """Return whether as many more labels bring less than `least`, the interval's end too."""
        return self.high < least


def last_gain(
    x: NDArray[np.float32], head: HeadLabels, groups: Sequence[str], *, step: int = 50
) -> Gain | None:
    """Measure by repeated cross-validation over groups, each time with and without `step` labels.

    None where there are too few labels or groups to tell.
    """
    known = np.flatnonzero(head.known)
    truth = head.targets.argmax(axis=1) if head.softmax else (head.targets[:, 0] < 0.5).astype(int)
    owners = [groups[row] for row in known.tolist()]
    if len(known) < 3 * step or len(set(owners)) < _FOLDS or not head.learnable:
        return None
    gains = []
    for seed in range(_ROUNDS):
        folds = grouped_folds([str(truth[row]) for row in known], owners, folds=_FOLDS, seed=seed)
        draw = np.random.default_rng(seed)
        pairs = []
        for fold in folds:
            train, test = known[fold.train], known[fold.test]
            fewer = draw.permutation(train)[: len(train) - step * len(train) // len(known)]
            pairs.append((test, _best(x, head, fewer, test), _best(x, head, train, test)))
        tested = np.concatenate([test for test, _, _ in pairs])
        before, after = (np.concatenate([pair[i] for pair in pairs]) for i in (1, 2))
        gains += _resampled(truth[tested], before, after, seed)
    low, high = percentile_interval(gains)
    return Gain(len(known), step, float(np.mean(gains)), low, high)


def _best(x: NDArray[np.float32], head: HeadLabels, rows: Ints, test: Ints) -> Ints:
    scores = score(x, head, np.sort(rows))[test]
    best: Ints = scores.argmax(axis=1) if head.softmax else (scores[:, 0] < 0.5).astype(np.int64)
    return best


def _resampled(truth: Ints, before: Ints, after: Ints, seed: int, rounds: int = 100) -> list[float]:
    """Return gains of macro-F1 over rows drawn with replacement."""
    draw = np.random.default_rng(seed)
    size = int(max(truth.max(), before.max(), after.max())) + 1
    gains = []
    for _ in range(rounds):
        rows = draw.integers(len(truth), size=len(truth))
        f1 = [macro_f1(confusion(truth[rows], best[rows], size)) for best in (before, after)]
        gains.append(f1[1] - f1[0])
    return gains
