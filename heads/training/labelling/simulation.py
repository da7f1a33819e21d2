"""Simulates labelling of a labelled corpus: how many labels each strategy needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import comb

import numpy as np
from numpy.typing import NDArray

from heads.training.labelling.selection import HeadLabels, Strategy, choose, score
from heads.training.metrics import Bools, Floats, Ints, confusion, macro_f1

SHARE = 0.95
_TESTED = 0.3  # of the authors


@dataclass(frozen=True)
class Curve:
    """One strategy under one seed: macro-F1 on held-out authors after each round of labels."""

    strategy: Strategy
    seed: int
    labels: tuple[int, ...]
    macro_f1: tuple[float, ...]
    full: float

    def needed(self, share: float = SHARE) -> float:
        """Return the labels after which `share` of the full pool's macro-F1 is reached.

        Infinite where the curve ends below it.
        """
        reached = (n for n, f1 in zip(self.labels, self.macro_f1, strict=True)
                   if f1 >= share * self.full)  # fmt: skip
        return next(reached, float("inf"))


@dataclass(frozen=True)
class Comparison:
    """Labels that two strategies needed, seed by seed, and the chance of such wins by luck."""

    needed: tuple[tuple[float, float], ...]
    ratio: float
    p_value: float


def simulate(
    x: NDArray[np.float32], head: HeadLabels, authors: Sequence[str], strategy: Strategy, *,
    seed: int, batch: int, most: int, full: float, until: float = SHARE,
    note: Callable[[str], object] = lambda _: None,
) -> Curve:  # fmt: skip
    """Label round by round from nothing; authors of the test never stand in the pool.

    Ends with the round that reaches `until` of `full` (`full_macro_f1`), or with `most` labels.
    """
    tested = _tested_authors(authors, seed)
    seen, scores = replace(head, known=np.zeros(len(x), dtype=bool)), None
    labels, values = list[int](), list[float]()
    while len(labels) * batch < most and (not values or values[-1] < until * full):
        free = ~seen.known & ~tested
        choice = choose(
            x, [seen], free, batch, strategy=strategy, seed=seed + len(labels), scores=scores
        )
        if not len(choice.rows):
            break
        known = seen.known.copy()
        known[choice.rows] = True
        seen = replace(head, known=known)
        labels.append(int(known.sum()))
        # One fit a round: what tests this one chooses the next one's rows.
        scores = {head.name: score(x, seen)} if seen.learnable else None
        values.append(_macro_f1(head, scores[head.name], tested) if scores else 0.0)
    note(f"{strategy}, seed {seed}: {values[-1]:.3f} of {full:.3f} after {labels[-1]} labels")
    return Curve(strategy, seed, tuple(labels), tuple(values), full)


def full_macro_f1(
    x: NDArray[np.float32], head: HeadLabels, authors: Sequence[str], *, seed: int
) -> float:
    """Return the macro-F1 on a seed's authors of a head that learnt all others' rows."""
    tested = _tested_authors(authors, seed)
    return _macro_f1(head, score(x, head, np.flatnonzero(~tested)), tested)


def compare(curves: Sequence[Curve], others: Sequence[Curve], share: float = SHARE) -> Comparison:
    """Compare strategies by the labels they needed under the same seeds: ratio and sign test.

    The ratio is that of the sums, and never too low: one of `others` that never arrived counts
    with all its labels, one of `curves` makes the ratio infinite.
    """
    pairs = [(a.needed(share), b.needed(share)) for a, b in zip(curves, others, strict=True)]
    most = [min(m, b.labels[-1]) for (_, m), b in zip(pairs, others, strict=True)]
    wins = sum(n < m for n, m in pairs)
    ties = sum(n == m for n, m in pairs)
    rounds = len(pairs) - ties
    chance = sum(comb(rounds, k) for k in range(wins, rounds + 1)) / 2**rounds if rounds else 1.0
    ratio = sum(n for n, _ in pairs) / sum(most)
    return Comparison(tuple(pairs), ratio, chance)


def _tested_authors(authors: Sequence[str], seed: int) -> Bools:
    names = sorted(set(authors))
    chosen = np.random.default_rng(seed).permutation(len(names))[: round(_TESTED * len(names))]
    tested = {names[index] for index in chosen}
    return np.array([author in tested for author in authors], dtype=bool)


def _macro_f1(head: HeadLabels, scores: Floats, tested: Bools) -> float:
    truth, best = _labels(head, head.targets[tested]), _labels(head, scores[tested])
    size = max(2, head.targets.shape[1])
    return macro_f1(confusion(truth, best, size))


def _labels(head: HeadLabels, scores: Floats | NDArray[np.float32]) -> Ints:
    if head.softmax:
        return np.asarray(scores.argmax(axis=1), dtype=np.int64)
    return np.asarray(scores[:, 0] < 0.5, dtype=np.int64)
