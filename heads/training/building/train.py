"""Trains one head from labelled rows to a finished bundle."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from heads.bundle.writing import write_bundle
from heads.prediction import FeatureRow
from heads.training.data.dataset import Dataset, label_counts
from heads.training.data.provenance import ROWS_FILE, data_digest, pack_rows, row_keys
from heads.training.data.splits import Fold, grouped_folds, joined_groups, random_folds
from heads.training.errors import TooFewRowsError
from heads.training.evaluation.model_card import model_card, pack_metrics
from heads.training.evaluation.out_of_fold import (
    figures,
    judge,
    judge_out_of_fold,
    language_figures,
    member_logits,
)
from heads.training.evaluation.plots import draw_pictures
from heads.training.fitting.calibrated_ensemble import Calibrated, calibrate, choose_thresholds
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.ensemble import Member, fit_member
from heads.training.fitting.features import Features, make_features
from heads.training.fitting.recipe import LEXICAL, Recipe
from heads.training.fitting.selection import Progress, Selector, candidate_members
from heads.training.fitting.unlike import Unlike, learn_unlike

FOLDS = 5
_GOLDEN_ROWS = 4


@dataclass(frozen=True)
class Plan:
    """How a head is to be trained: a fixed recipe or None to choose one; folds by which groups."""

    version: str
    recipe: Recipe | None = None
    tune: bool = False
    group_by: str = "author"
    seed: int = 0


@dataclass(frozen=True)
class Trained:
    """A learnt head before it is written: recipe, members, calibration, thresholds, figures.

    `unlike` is None where no member reads a view.
    """

    recipe: Recipe
    members: tuple[Member, ...]
    calibrated: Calibrated
    thresholds: Mapping[str, float]
    evaluation: Mapping[str, Any]
    unlike: Unlike | None = None


def train(data: Dataset, store: EmbeddingStore, plan: Plan, progress: Progress) -> Trained:
    """Choose (or take) a recipe, judge it out of fold, calibrate, and learn on all rows.

    Raises TooFewRowsError where a label or the groups cannot fill the folds.
    """
    torch.set_num_threads(1)  # reproducible sums, and no fight over cores with a running service
    features = embed_features(data, store, plan.recipe)
    folds = make_folds(data, plan.group_by, plan.seed)
    recipe = plan.recipe
    if recipe is None or plan.tune:
        selector = Selector(data, features, folds, seed=plan.seed)
        recipe = (
            selector.choose(candidate_members(store.layers), progress)
            if recipe is None
            else selector.tune(recipe, progress)
        )
    logits = member_logits(recipe, data, features, folds, seed=plan.seed)
    calibrated = calibrate(data.task, logits, data.targets)
    thresholds = choose_thresholds(data, calibrated.apply(logits))
    evaluation = evaluate(data, features, recipe, thresholds, seed=plan.seed)
    everything = np.arange(len(data))
    members = tuple(
        fit_member(spec, data, features, everything, recipe.weighting, seed=plan.seed)
        for spec in progress(recipe.members, "final fit")
    )
    apart = _splits(data, ("author", "source"), plan.seed)
    unlike = learn_unlike(data, features, recipe, folds, apart)
    return Trained(recipe, members, calibrated, thresholds, evaluation, unlike)


def embed_features(data: Dataset, store: EmbeddingStore, recipe: Recipe | None) -> Features:
    """Make the features a recipe needs, or all that a recipe may be chosen from."""
    views = (
        recipe.views if recipe is not None else tuple(f"mean@{k}" for k in range(store.layers + 1))
    )
    lexical = LEXICAL if recipe is None else recipe.lexical if recipe.reads_text else None
    return make_features(store.vectors(data.texts, views, data.contexts), data.texts, lexical)


def make_folds(data: Dataset, group_by: str, seed: int) -> tuple[Fold, ...]:
    """Split into folds by `author`, by `source` file, or `random`.

    Authors who wrote the same text stay together; files do not, for a writer is held out whole.
    By author falls back to random ones when every row has an author of its own, as in a table
    without such a column.
    """
    if group_by == "random":
        return random_folds(data.strata, folds=FOLDS, seed=seed)
    by_source = group_by == "source"
    groups = data.sources if by_source else joined_groups(data.authors, data.texts)
    distinct = len(set(groups))
    if group_by == "author" and distinct == len(data):
        return random_folds(data.strata, folds=FOLDS, seed=seed)
    if distinct < 2:
        raise TooFewRowsError(f"{data.task.name}: one {group_by} alone cannot be split")
    return grouped_folds(data.strata, groups, folds=min(FOLDS, distinct), seed=seed)


def _splits(data: Dataset, names: Sequence[str], seed: int) -> dict[str, tuple[Fold, ...]]:
    """Make those of the named folds that the rows can fill."""
    made = {}
    for name in names:
        with suppress(TooFewRowsError):
            made[name] = make_folds(data, name, seed)
    return made


def evaluate(
    data: Dataset, features: Features, recipe: Recipe, thresholds: Mapping[str, float], *, seed: int
) -> dict[str, Any]:
    """Measure by held-out author, held-out source file and random split, refit per fold.

    Calibration and thresholds are learnt without the judged fold too. `bundle_thresholds`
    beside each: what the bundle's own thresholds answer on the same scores; `languages` beside
    held-out files: the figures of each language's rows.
    """
    result = {}
    for split, folds in _splits(data, ("author", "source", "random"), seed).items():
        logits = member_logits(recipe, data, features, folds, seed=seed)
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
        "runtime": store.runtime,
        "recipe": trained.recipe.as_table(),
        "thresholds": dict(trained.thresholds),
        "evaluation": trained.evaluation,
    }
    if trained.unlike is not None:
        facts["unlike"] = {"limit": trained.unlike.limit, "held_out": trained.unlike.held_out}
    extra = {"metrics.json": pack_metrics(facts), **draw_pictures(data.task, trained.evaluation)}
    extra["README.md"] = model_card(data.task, facts).encode()
    extra[ROWS_FILE] = pack_rows(row_keys(data) | store.tuned_on)
    return write_bundle(
        catalog, table, _weights(trained), golden_rows(data, store, trained.recipe), extra
    )


def golden_rows(data: Dataset, store: EmbeddingStore, recipe: Recipe) -> list[FeatureRow]:
    """Choose a few short rows of different labels as the self-test's inputs."""
    order = sorted(range(len(data)), key=lambda i: (len(data.texts[i]), data.texts[i]))
    usual = [i for i in order if len(data.texts[i]) >= 20] or order
    chosen: list[int] = []
    seen: set[str] = set()
    for index in [*usual, *order]:
        if index not in chosen and (
            data.strata[index] not in seen or len(seen) == len(set(data.strata))
        ):
            chosen.append(index)
            seen.add(data.strata[index])
        if len(chosen) == _GOLDEN_ROWS:
            break
    rows = data.rows(np.array(chosen))
    vectors = store.vectors(rows.texts, recipe.views, rows.contexts) if recipe.views else {}
    return [
        FeatureRow({view: values[row] for view, values in vectors.items()}, text)
        for row, text in enumerate(rows.texts)
    ]


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
        "thresholds": {label: _floored(value) for label, value in trained.thresholds.items()},
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
        "x-policy": {
            "precision": task.policy.precision,
            "recall_of_yes": task.policy.recall_of_yes,
            "never_decided": [f"{decided} for {truth}" for decided, truth in task.policy.protected],
        },
    }
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


def _floored(threshold: float) -> float:
    """Cut to four digits, never up: a threshold rounded up could lose the row that set it."""
    return int(threshold * 10_000) / 10_000


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
