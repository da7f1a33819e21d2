"""Trains one head from labelled rows to a finished bundle."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from heads.bundle.writing import write_bundle
from heads.training.building.golden import golden_rows
from heads.training.building.inputs import embed_features, make_folds, make_splits
from heads.training.building.policy import policy_table
from heads.training.data.dataset import Dataset, label_counts
from heads.training.data.provenance import ROWS_FILE, data_digest, pack_rows, row_keys
from heads.training.data.splits import Fold, in_learnt_languages
from heads.training.evaluation.model_card import model_card, pack_metrics
from heads.training.evaluation.out_of_fold import (
    figures,
    judge,
    judge_out_of_fold,
    language_figures,
    member_logits,
)
from heads.training.evaluation.plots import draw_pictures
from heads.training.evaluation.trust import trust_figures
from heads.training.fitting.calibrated_ensemble import Calibrated, calibrate, choose_thresholds
from heads.training.fitting.cross_fit import CrossFit
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.ensemble import Member, fit_members
from heads.training.fitting.features import Features
from heads.training.fitting.recipe import MemberSpec, Recipe
from heads.training.fitting.selection import Progress, Selector, candidate_members
from heads.training.fitting.thresholds import floored
from heads.training.fitting.unlike import Unlike, learn_unlike
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


@dataclass(frozen=True)
class Trained:
    """A learnt head before it is written: recipe, members, calibration, thresholds, figures.

    `unlike` is None where no member reads a view; `default` as planned. `behaviour`: what was
    measured of its behaviour out of fold, for metrics.json; may be empty.
    """

    recipe: Recipe
    members: tuple[Member, ...]
    calibrated: Calibrated
    thresholds: Mapping[str, float]
    evaluation: Mapping[str, Any]
    unlike: Unlike | None = None
    behaviour: Mapping[str, Any] = field(default_factory=dict)
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
    return Trained(
        recipe, members, calibrated, thresholds, evaluation, unlike, default=plan.default
    )


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
        at_bundle = judge(data, judged.scores, thresholds)
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


def write(
    trained: Trained, data: Dataset, store: EmbeddingStore, catalog: Path, version: str
) -> Path:
    """Write the bundle with card, metrics, pictures and what it learnt from; the folder it is in.

    What its encoder was tuned on counts as learnt from. Raises heads.errors.BundleExistsError when
    the version exists.
    """
    table = _head_table(trained, data, store.fingerprint, version)
    facts = {
        "name": data.task.name,
        "version": version,
        "rows": len(data),
        "labels": dict(label_counts(data)),
        "languages": dict(Counter(data.languages).most_common()),
        "data_sha256": data_digest(data),
        "encoder": store.fingerprint,
        "encoder_tuned": bool(store.tuned_on),
        "runtime": store.runtime,
        "recipe": trained.recipe.as_table(),
        "thresholds": dict(trained.thresholds),
        "evaluation": trained.evaluation,
        **({"behaviour": trained.behaviour} if trained.behaviour else {}),
    }
    if trained.unlike is not None:
        facts["unlike"] = {"limit": trained.unlike.limit, "held_out": trained.unlike.held_out}
    extra = {"metrics.json": pack_metrics(facts), **draw_pictures(data.task, trained.evaluation)}
    extra["README.md"] = model_card(data.task, facts).encode()
    extra[ROWS_FILE] = pack_rows(row_keys(data) | store.tuned_on)
    return write_bundle(
        catalog, table, _weights(trained), golden_rows(data, store, trained.recipe), extra
    )


def _head_table(trained: Trained, data: Dataset, fingerprint: str, version: str) -> dict[str, Any]:
    task, recipe, calibrated = data.task, trained.recipe, trained.calibrated
    table: dict[str, Any] = {
        "name": task.name,
        "version": version,
        "kind": task.kind,
        "labels": list(task.labels),
        "description": task.description,
        "fingerprint": fingerprint,
        "created": datetime.datetime.now(tz=datetime.UTC).date(),
        "thresholds": {label: floored(value) for label, value in trained.thresholds.items()},
        "members": [
            {
                "views": list(spec.views),
                "normalise": "l2",
                "lexical": spec.lexical,
                "hidden": spec.shape.hidden,
                "activation": "relu",
            }
            for spec in recipe.members
        ],
        "x-policy": policy_table(task),
    }
    if not trained.default:
        table["default"] = False
    if trained.unlike is not None:
        table["unlike"] = trained.unlike.as_table()
    if task.parent_head is not None:
        table["depends_on"] = {"head": task.parent_head, "label": task.parent_label}
    if calibrated.temperature is not None:
        table["calibration"] = {"temperature": calibrated.temperature}
    elif calibrated.platt is not None:
        columns = task.labels[:1] if task.is_yes_no else task.labels
        pairs = zip(columns, calibrated.platt, strict=True)
        table["calibration"] = {"platt": {label: list(pair) for label, pair in pairs}}
    if recipe.reads_text:
        table["lexical"] = {**asdict(recipe.lexical), "idf": True}
    return table


def _weights(trained: Trained) -> dict[str, NDArray[Any]]:
    """Return the arrays of weights.safetensors, members' scales folded into last layers.

    Matrices are stored in half precision: golden.json is recorded from what is stored.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for index, (member, scale) in enumerate(
        zip(trained.members, trained.calibrated.scales, strict=True)
    ):
        network = member.network.scaled(scale)
        arrays[f"m{index}.w0"] = network.w0.astype(np.float16)
        arrays[f"m{index}.b0"] = network.b0.astype(np.float32)
        if network.w1 is not None and network.b1 is not None:
            arrays[f"m{index}.w1"] = network.w1.astype(np.float16)
            arrays[f"m{index}.b1"] = network.b1.astype(np.float32)
        if member.idf is not None:
            arrays["lexical.idf"] = member.idf.astype(np.float32)
    if trained.unlike is not None:
        arrays["unlike.w0"] = trained.unlike.map.w0.astype(np.float16)
        arrays["unlike.b0"] = trained.unlike.map.b0
    return arrays
