"""Searches a recipe's strengths, widths and weighting at random, by held-out log-loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heads.training.data.dataset import Dataset
from heads.training.data.splits import Fold
from heads.training.fitting.calibrated_ensemble import calibrate, loss_of
from heads.training.fitting.ensemble import fit_member
from heads.training.fitting.features import Features
from heads.training.fitting.fit import Shape
from heads.training.fitting.parallel import run_all
from heads.training.fitting.recipe import MemberSpec, Recipe, Weighting

Floats = NDArray[np.float64]

CHOSEN_BY = "on the rows that chose it"
"""What a search's log-loss is of: the least of many, so that it is too good."""
_DENSE_L2, _LEXICAL_L2, _HIDDEN_L2 = (0.003, 0.3), (1e-6, 1e-4), (0.01, 0.3)
_UNITS = (16, 32, 64, 128)
_DROPOUTS = (0.3, 0.5, 0.6)
_WEIGHTINGS: tuple[Weighting, ...] = ("none", "sqrt", "balanced")
# Of the recipes that were tried on some folds, so many go on to more folds.
_KEPT = 3


@dataclass(frozen=True)
class Trial:
    """A recipe, and its calibrated log-loss on the rows that so many folds hold out.

    No member learnt from them; of what was chosen by it the figure is too good.
    """

    recipe: Recipe
    folds: int
    loss: float


@dataclass(frozen=True)
class Found:
    """The recipe of least log-loss on all folds, the usual one, and how many were tried."""

    best: Trial
    usual: Trial
    tried: int

    def as_table(self) -> dict[str, Any]:
        """Return plain values, as a file of settings holds them."""
        return {
            "recipe": self.best.recipe.as_table(),
            "search": {
                "tried": self.tried,
                "folds": self.best.folds,
                "log_loss": round(self.best.loss, 5),
                "usual_log_loss": round(self.usual.loss, 5),
                "log_loss_is": CHOSEN_BY,
            },
        }


class HeldOut:
    """Scores recipes on the first folds of a training; what was scored once is kept."""

    def __init__(
        self, data: Dataset, features: Features, folds: Sequence[Fold], *, seed: int = 0
    ) -> None:
        self._data, self._features, self._folds, self._seed = data, features, folds, seed
        self._scored: dict[tuple[MemberSpec, Weighting, int], Floats] = {}

    def __len__(self) -> int:
        return len(self._folds)

    def trial(self, recipe: Recipe, folds: int) -> Trial:
        """Learn without each of the first `folds` folds, and measure on their rows together."""
        keys = [(m, recipe.weighting, f) for m in recipe.members for f in range(folds)]
        lacking = [key for key in keys if key not in self._scored]
        scored = run_all([partial(self._score, *key) for key in lacking], "")
        self._scored.update(zip(lacking, scored, strict=True))
        logits = [
            np.concatenate([self._scored[member, recipe.weighting, f] for f in range(folds)])
            for member in recipe.members
        ]
        rows = np.concatenate([fold.test for fold in self._folds[:folds]])
        targets, task = self._data.targets[rows], self._data.task
        loss = loss_of(task, calibrate(task, logits, targets).apply(logits), targets)
        return Trial(recipe, folds, loss)

    def _score(self, spec: MemberSpec, weighting: Weighting, number: int) -> Floats:
        fold = self._folds[number]
        read = self._features.for_fold(fold)
        member = fit_member(spec, self._data, read, fold.train, weighting, seed=self._seed)
        return member.logits(read, fold.test)


def variants(usual: Recipe, count: int, seed: int) -> list[Recipe]:
    """Draw recipes around the usual one: strengths, hidden units, dropout, weighting of classes.

    Views stay, for equal views are what serving computes once. The first n are the same for every
    larger count.
    """
    random = np.random.default_rng(seed)
    return [_variant(usual, random) for _ in range(count)]


def search(
    usual: Recipe,
    candidates: Sequence[Recipe],
    held_out: HeldOut,
    *,
    out_of_time: Callable[[], bool],
    report: Callable[[str], object] = bool,
) -> Found:
    """Try the candidates on one fold, the best third on half of them, a ninth on all.

    The usual recipe is measured on all folds first, and stands where none is better there. Once
    `out_of_time` says so no further recipe is begun; what was measured last is then judged by.
    """
    every = len(held_out)
    best = base = held_out.trial(usual, every)
    report(f"usual: log-loss {base.loss:.4f}")
    left, tried = list(candidates), 0
    for folds in _rungs(every):
        trials: list[Trial] = []
        for recipe in left:
            if out_of_time():
                break
            trials.append(held_out.trial(recipe, folds))
        tried = max(tried, len(trials))
        trials.sort(key=lambda trial: trial.loss)
        if trials:
            report(f"{len(trials)} on {folds} of {every} folds: best {trials[0].loss:.4f}")
        if folds == every:
            best = min([base, *trials], key=lambda trial: trial.loss)
        left = [trial.recipe for trial in trials[: -(-len(trials) // _KEPT)]]
    return Found(best, base, tried)


def described(recipe: Recipe) -> Mapping[str, str]:
    """Return a recipe's settings in words, by member."""
    members = {
        member.name: f"l2 {member.shape.l2:.3g}"
        + f", dropout {member.shape.dropout:g}" * bool(member.shape.hidden)
        for member in recipe.members
    }
    return {**members, "weighting": recipe.weighting}


def _rungs(folds: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys((1, -(-folds // 2), folds)))


def _variant(usual: Recipe, random: np.random.Generator) -> Recipe:
    members = tuple(replace(member, shape=_shape(member, random)) for member in usual.members)
    return replace(usual, members=members, weighting=_WEIGHTINGS[int(random.integers(3))])


def _shape(member: MemberSpec, random: np.random.Generator) -> Shape:
    """Draw strengths on a logarithmic scale; members with a hidden layer keep one."""
    hidden = bool(member.shape.hidden)
    low, high = _LEXICAL_L2 if member.lexical else _HIDDEN_L2 if hidden else _DENSE_L2
    # Three draws a member, whatever it is: recipes of one seed differ by their members alone.
    strength, units, dropout = random.random(3)
    l2 = float(np.exp(np.log(low) + strength * (np.log(high) - np.log(low))))
    if not hidden:
        return replace(member.shape, l2=l2)
    return Shape(_UNITS[int(units * len(_UNITS))], l2, _DROPOUTS[int(dropout * len(_DROPOUTS))])
