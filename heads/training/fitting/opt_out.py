"""Chooses the two thresholds of an opt-out on held-out scores, and measures what they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heads.policy import OptOutThresholds
from heads.training.errors import DataError
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
    rises from there on until the rows from it on have the precision, or there are none. Raises
    DataError without opt-outs to choose on, and where even the rows of probability 1 miss the
    precision.
    """
    review = _review(probability, truth, aim.recall)
    least = float(np.ceil(precision_threshold(probability, truth, aim.yes_precision) * 1e4) / 1e4)
    yes = max(least, review)
    while (taken := truth[probability >= yes]).size and taken.mean() < aim.yes_precision:
        if yes >= 1:
            raise DataError(
                f"no threshold of yes has the precision {aim.yes_precision:g}: of {taken.size} "
                f"rows of probability 1 {taken.mean():.3f} are opt-outs; aim lower "
                "(--yes-precision) or correct those rows' labels"
            )
        yes = min(round(yes + 1e-4, 4), 1.0)
    return OptOutThresholds(yes=yes, review=review)


def _review(probability: Floats, truth: Bools, recall: float) -> float:
    wanted = np.sort(probability[truth])
    if not len(wanted):
        raise DataError(
            f"no threshold of review can be chosen for the recall {recall:g}: none of {len(truth)} "
            "rows is an opt-out; give rows that are (--data)"
        )
    missed = int(np.floor((1.0 - recall) * len(wanted) + 1e-9))
    return float(np.floor(wanted[missed] * 1e4) / 1e4)


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
