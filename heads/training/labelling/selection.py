"""Chooses which rows to label next for one or several heads, and scores rows for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from heads.training.fitting.ensemble import probabilities
from heads.training.fitting.fit import Shape, fit_network
from heads.training.labelling.strategies import (
    doubtful_rows,
    margins,
    random_rows,
    typical_rows,
)
from heads.training.metrics import Bools, Floats, Ints

TYPICAL_ROUNDS = 3
"""Rounds of typical rows before those in doubt: a head that knows little doubts at random."""
_SHAPE = Shape(l2=0.03)

Strategy = Literal["tcm", "typical", "margin", "random"]


@dataclass(frozen=True)
class HeadLabels:
    """One head's labels of n rows: `targets` (n, columns), which mean nothing where not `known`.

    Not `softmax`: one column, the probability of yes.
    """

    name: str
    softmax: bool
    targets: NDArray[np.float32]
    known: Bools

    @property
    def learnable(self) -> bool:
        """Whether two labels are known, so that there is something to tell apart."""
        some = self.targets[self.known]
        return len(some) > 0 and len(np.unique(some, axis=0)) > 1


@dataclass(frozen=True)
class Choice:
    """Rows to label, in order, why they were chosen, and each head's margins of all rows."""

    rows: Ints
    strategy: Strategy
    margins: dict[str, Floats]


def choose(
    x: NDArray[np.float32],
    heads: Sequence[HeadLabels],
    free: Bools,
    count: int,
    *,
    strategy: Strategy = "tcm",
    seed: int = 0,
    scores: Mapping[str, Floats] | None = None,
) -> Choice:
    """Choose `count` of the `free` rows by x (n, features), rows of length 1.

    `tcm` takes typical rows until there are TYPICAL_ROUNDS rounds of labels for the head that has
    fewest, then those in doubt. A head that cannot be learnt yet has no say. `scores`: what `score`
    gave of these labels, by head, where that is known.
    """
    known = np.min([int(head.known.sum()) for head in heads])
    taken = ~free
    labelled = np.all([head.known for head in heads], axis=0)
    learnable = [head for head in heads if head.learnable]
    scored = {
        head.name: margins(score(x, head) if scores is None else scores[head.name])
        for head in learnable
    }
    is_early = known < TYPICAL_ROUNDS * count
    used: Strategy = strategy
    if strategy == "tcm":
        used = "typical" if is_early or not learnable else "margin"
    elif strategy == "margin" and not learnable:
        used = "random"
    if used == "typical":
        rows = _typical(x, labelled, taken, count, seed)
    elif used == "margin":
        rows = doubtful_rows(list(scored.values()), taken, count)
    else:
        rows = random_rows(taken, count, seed)
    return Choice(rows, used, scored)


def score(
    x: NDArray[np.float32], head: HeadLabels, rows: Ints | None = None, *, seed: int = 0
) -> Floats:
    """Score all rows by a linear head learnt on the known ones, or on these  # (n, columns)."""
    torch.set_num_threads(1)  # reproducible sums
    learnt = np.flatnonzero(head.known) if rows is None else rows
    weights = np.ones(len(learnt), dtype=np.float32)
    network = fit_network(
        x[learnt], head.targets[learnt], weights, _SHAPE, softmax=head.softmax, seed=seed
    )
    return probabilities(network.logits(x), is_softmax=head.softmax)


def _typical(x: NDArray[np.float32], labelled: Bools, taken: Bools, count: int, seed: int) -> Ints:
    """Choose typical rows among those that are free or labelled: others are in no cluster."""
    seen = np.flatnonzero(labelled | ~taken)
    chosen = typical_rows(x[seen], (labelled | taken)[seen], count, seed)
    rows: Ints = seen[chosen]
    return rows
