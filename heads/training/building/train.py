"""Trains one head from labelled rows to what is written as a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from heads.training.building.inputs import embed_features, make_folds, make_splits
from heads.training.building.trained import Trained
from heads.training.data.dataset import Dataset
from heads.training.data.splits import Fold, in_learnt_languages
from heads.training.evaluation.out_of_fold import (
    figures,
    judge,
    judge_out_of_fold,
    language_figures,
    member_logits,
)
from heads.training.evaluation.trust import trust_figures
from heads.training.fitting.calibrated_ensemble import calibrate, choose_thresholds
from heads.training.fitting.cross_fit import CrossFit
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.ensemble import fit_members
from heads.training.fitting.features import Features
from heads.training.fitting.recipe import MemberSpec, Recipe
from heads.training.fitting.selection import Progress, Selector, candidate_members
from heads.training.fitting.unlike import learn_unlike
from heads.training.metrics import Floats


@dataclass(frozen=True)
class Plan:
    """How a head is to be trained: a fixed recipe or None to choose one; folds by which groups.

    `thresholds_by`: which groups are held out where thresholds are chosen, if there are two.
    `default`: whether the head answers callers who name no heads.
    """

    version: str
    recipe: Recipe | None = None
    tune: bool = False
    group_by: str = "author"
    thresholds_by: str = "source"
    seed: int = 0
    default: bool = True


def train(
    data: Dataset,
    store: EmbeddingStore,
    plan: Plan,
    progress: Progress,
    cross_fit: CrossFit | None = None,
) -> Trained:
    """Choose (or take) a recipe, judge it out of fold, calibrate, and learn on all rows.

    `cross_fit` holds the encoders to judge by where these rows tuned the one of `store`; its folds
    then stand for those of the plan. Raises TooFewRowsError where a label or the groups cannot fill
    the folds.
    """
    torch.set_num_threads(1)  # reproducible sums: fits run side by side, each on one core
    features = embed_features(data, store, plan.recipe, cross_fit)
    folds = make_folds(data, plan.group_by, plan.seed, cross_fit)
    selector = Selector(data, features, folds, seed=plan.seed)
    recipe = _recipe(plan, selector, candidate_members(store.layers), progress)
    scored = _score(data, features, recipe, plan, cross_fit)
    first = next(iter(scored.values()))
    usable, logits = first.usable(data)
    calibrated = calibrate(usable.task, logits, usable.targets)
    usable, logits = scored.get(plan.thresholds_by, first).usable(data)
    thresholds = choose_thresholds(usable, calibrated.apply(logits))
    known = {split: some.logits for split, some in scored.items()}
    evaluation = evaluate(
        data, features, recipe, thresholds, seed=plan.seed, known=known, cross_fit=cross_fit
    )
    members = fit_members(recipe.members, data, features, recipe.weighting, seed=plan.seed)
    apart = make_splits(data, ("author", "source"), plan.seed, cross_fit)
    unlike = learn_unlike(data, features, recipe, folds, apart)
    learnt = (recipe, members, calibrated, thresholds, evaluation, unlike)
    return Trained(*learnt, default=plan.default, cross_fitted=cross_fit is not None)


def _recipe(
    plan: Plan, selector: Selector, candidates: Sequence[MemberSpec], progress: Progress
) -> Recipe:
    """Take the plan's recipe, choose one, or choose the strengths of the one given."""
    if plan.recipe is None:
        return selector.choose(candidates, progress)
    return selector.tune(plan.recipe, progress) if plan.tune else plan.recipe


@dataclass(frozen=True)
class _Scored:
    """Every row's logits by each member, learnt without the fold that tests the row."""

    folds: Sequence[Fold]
    logits: list[Floats]

    def usable(self, data: Dataset) -> tuple[Dataset, list[Floats]]:
        """Return rows, and their logits, that calibration and thresholds may be learnt on."""
        rows = in_learnt_languages(data.languages, self.folds)
        return data.rows(rows), [member[rows] for member in self.logits]


def _score(
    data: Dataset, features: Features, recipe: Recipe, plan: Plan, cross_fit: CrossFit | None
) -> dict[str, _Scored]:
    """Score by the plan's split, and then by that which thresholds are chosen on if there is one.

    A cross-fit has but one split.
    """
    first = "source" if cross_fit else plan.group_by
    if first == "author" and not data.names_authors:
        first = "random"
    splits = {first: make_folds(data, plan.group_by, plan.seed, cross_fit)}
    if plan.thresholds_by not in splits and cross_fit is None:
        splits |= make_splits(data, (plan.thresholds_by,), plan.seed, None)
    return {
        split: _Scored(folds, member_logits(recipe, data, features, folds, seed=plan.seed))
        for split, folds in splits.items()
    }


def evaluate(
    data: Dataset, features: Features, recipe: Recipe, thresholds: Mapping[str, float], *,
    seed: int, known: Mapping[str, Sequence[Floats]] | None = None,
    cross_fit: CrossFit | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Measure by held-out author, held-out source file and random split, refit per fold.

    A cross-fit's folds are held-out source files, and there is no other split.

    Calibration and thresholds are learnt without the judged fold too. `bundle_thresholds`
    beside each: what the bundle's own thresholds answer on the same scores; `languages` beside
    held-out files: the figures of each language's rows; `trust` beside held-out authors and files,
    and beside the random split where no author can be held out.
    `known` holds the members' logits of splits that were scored before.
    """
    result = {}
    for split, folds in make_splits(data, ("author", "source", "random"), seed, cross_fit).items():
        logits = (known or {}).get(split) or member_logits(recipe, data, features, folds, seed=seed)
        judged = judge_out_of_fold(data, logits, folds)
        split_figures = figures(judged)
        at_bundle = judge(judged.data, judged.scores, thresholds)
        answered = at_bundle.answered
        split_figures["bundle_thresholds"] = {
            "coverage": float(answered.mean()),
            "answered_accuracy": float(at_bundle.correct[answered].mean())
            if answered.any()
            else 0.0,
        }
        split_figures["curves"] = {
            "confidence": judged.confidence.round(4).tolist(),
            "correct": judged.correct.astype(int).tolist(),
        }
        if split != "random" or not data.names_authors:
            split_figures["trust"] = trust_figures(judged)
        if split == "source":
            split_figures["languages"] = language_figures(judged)
        result[split] = split_figures
    return result
