"""Chooses members, their strength and the class weighting by out-of-fold log-loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import structlog
from numpy.typing import NDArray

from heads.training.data.dataset import Dataset
from heads.training.data.splits import Fold
from heads.training.fitting.calibrated_ensemble import calibrate, loss_of
from heads.training.fitting.ensemble import out_of_fold_logits
from heads.training.fitting.features import Features
from heads.training.fitting.recipe import (
    DENSE_L2,
    HIDDEN_UNITS,
    LEXICAL_L2,
    MemberSpec,
    Recipe,
    Weighting,
    default_member,
)

Floats = NDArray[np.float64]
Progress = Callable[[Iterable[MemberSpec], str], Iterable[MemberSpec]]

_log = structlog.get_logger(__name__)

MAX_MEMBERS = 4
# A further member must lower the log-loss by this share, or it is not worth serving.
_LEAST_GAIN = 0.005


def candidate_members(layers: int) -> tuple[MemberSpec, ...]:
    """List each layer, each pair, the upper five together, n-grams, two with a hidden layer."""
    views = [f"mean@{layer}" for layer in range(layers + 1)]
    upper = tuple(views[max(layers - 4, 0) :])
    sets = [(view,) for view in views] + list(combinations(views, 2)) + [upper]
    hidden = [default_member(upper, HIDDEN_UNITS), default_member(upper[-2:], HIDDEN_UNITS)]
    return (*(default_member(names) for names in sets), default_member(()), *hidden)


class Selector:
    """Scores members out of fold, each once, and builds recipes from them.

    Every figure is the calibrated log-loss on rows the member has not learnt from; no test
    set is ever seen.
    """

    def __init__(
        self, data: Dataset, features: Features, folds: Sequence[Fold], *, seed: int = 0
    ) -> None:
        self._data, self._features, self._folds, self._seed = data, features, folds, seed
        self._logits: dict[tuple[MemberSpec, Weighting], Floats] = {}
        self._tested = np.sort(np.concatenate([fold.test for fold in folds]))

    def logits(self, spec: MemberSpec, weighting: Weighting = "none") -> Floats:
        """Score out of fold by one member  # (n, columns)."""
        key = (spec, weighting)
        if key not in self._logits:
            (self._logits[key],) = out_of_fold_logits(
                [spec],
                self._data,
                self._features,
                self._folds,
                weighting,
                seed=self._seed,
                what="",  # the loop over the members has a bar
            )
        return self._logits[key]

    def loss(self, members: Sequence[MemberSpec], weighting: Weighting = "none") -> float:
        """Return the calibrated out-of-fold log-loss of the members' average."""
        rows, task = self._tested, self._data.task
        logits = [self.logits(member, weighting)[rows] for member in members]
        targets = self._data.targets[rows]
        return loss_of(task, calibrate(task, logits, targets).apply(logits), targets)

    def choose(self, candidates: Sequence[MemberSpec], progress: Progress) -> Recipe:
        """Take the best member, then whichever lowers the average's loss most, up to four."""
        for spec in progress(candidates, "members"):
            self.logits(spec)
        chosen: list[MemberSpec] = []
        current = float("inf")
        while len(chosen) < MAX_MEMBERS:
            rest = [spec for spec in candidates if spec not in chosen]
            if not rest:
                break
            losses = [self.loss([*chosen, spec]) for spec in rest]
            best = int(np.argmin(losses))
            if losses[best] > current * (1.0 - _LEAST_GAIN):
                break
            chosen.append(rest[best])
            current = losses[best]
            _log.info("member_chosen", member=rest[best].name, log_loss=round(current, 4))
        return self.tune(Recipe(tuple(chosen)), progress)

    def tune(self, recipe: Recipe, progress: Progress) -> Recipe:
        """Choose each linear member's strength, one after the other, then the weighting."""
        members = list(recipe.members)
        for index, spec in enumerate(progress(list(members), "strength")):
            if spec.shape.hidden:
                continue
            options = [spec.with_l2(l2) for l2 in (LEXICAL_L2 if spec.lexical else DENSE_L2)]
            losses = [
                self.loss([*members[:index], option, *members[index + 1 :]]) for option in options
            ]
            members[index] = options[int(np.argmin(losses))]
        weightings: tuple[Weighting, ...] = ("none", "sqrt", "balanced")
        losses = [self.loss(members, weighting) for weighting in weightings]
        best = weightings[int(np.argmin(losses))]
        _log.info(
            "recipe_tuned",
            members=[f"{member.name} l2={member.shape.l2:g}" for member in members],
            weighting=best,
            log_loss=round(min(losses), 4),
        )
        return replace(recipe, members=tuple(members), weighting=best)
