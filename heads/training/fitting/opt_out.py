"""Chooses the two thresholds of an opt-out on held-out scores, and measures what they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heads.policy import OptOutThresholds
from heads.training.fitting.thresholds import precision_threshold
from heads.training.metrics import Bools, Floats


@dataclass(frozen=True)
class OptOutAim:
    """What is wanted: the precision of yes, and the recall of yes and review together."""

    yes_precision: float
    recall: float


@dataclass(frozen=True)
class OptOutFigures:
    """What thresholds do on rows: shares of all rows, precision of yes, recalls of opt-outs."""

    rows: int
    opt_outs: int
    yes_share: float
    yes_precision: float
    yes_recall: float
    review_share: float
    recall: float

    def __str__(self) -> str:
        return (
            f"{self.rows} rows, {self.opt_outs} opt-outs: yes for {self.yes_share:.1%} at "
            f"precision {self.yes_precision:.3f}, recall {self.yes_recall:.3f}; review for "
            f"{self.review_share:.1%}, recall with yes {self.recall:.3f}"
        )


def choose(probability: Floats, truth: Bools, aim: OptOutAim) -> OptOutThresholds:
    """Choose the lowest `yes` of that precision and the highest `review` of that recall  # (n,).

    Both have four digits, and keep their promises with them: `review` is cut downwards, `yes`
    rises until the rows from it on have the precision.
    """
    yes = float(np.ceil(precision_threshold(probability, truth, aim.yes_precision) * 1e4) / 1e4)
    while yes < 1 and (taken := truth[probability >= yes]).size:
        if taken.mean() >= aim.yes_precision:
            break
        yes = round(yes + 1e-4, 4)
    wanted = np.sort(probability[truth])
    missed = int(np.floor((1.0 - aim.recall) * len(wanted) + 1e-9))
    review = float(np.floor(wanted[missed] * 1e4) / 1e4) if len(wanted) else 0.0
    return OptOutThresholds(yes=max(yes, review), review=review)


def states(probability: Floats, thresholds: OptOutThresholds) -> tuple[Bools, Bools]:
    """Return which rows are yes and which review  # (n,), (n,)."""
    yes = probability >= thresholds.yes
    return yes, (probability >= thresholds.review) & ~yes


def measure(yes: Bools, review: Bools, truth: Bools) -> OptOutFigures:
    """Measure states given to rows; an empty share has precision or recall 0  # (n,) each."""
    return OptOutFigures(
        rows=len(truth),
        opt_outs=int(truth.sum()),
        yes_share=float(yes.mean()),
        yes_precision=float(truth[yes].mean()) if yes.any() else 0.0,
        yes_recall=float(yes[truth].mean()) if truth.any() else 0.0,
        review_share=float(review.mean()),
        recall=float((yes | review)[truth].mean()) if truth.any() else 0.0,
    )
