"""Gives a yes/no head its [opt_out] table: chosen on held-out writers, written as a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from heads.bundle.reading import read_folder
from heads.policy import OptOutThresholds
from heads.training.building.evaluate import bundle_facts, bundle_recipe
from heads.training.building.inputs import embed_features, make_folds
from heads.training.building.variant import write_variant
from heads.training.data.dataset import Dataset
from heads.training.data.splits import Fold, in_learnt_languages
from heads.training.errors import DataError
from heads.training.evaluation.out_of_fold import member_logits
from heads.training.fitting.calibrated_ensemble import calibrate
from heads.training.fitting.cross_fit import CrossFit
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.opt_out import OptOutAim, OptOutFigures, choose, measure, states
from heads.training.metrics import Floats


@dataclass(frozen=True)
class ChosenThresholds:
    """Thresholds for the bundle, and what such thresholds do to writers they were not chosen on."""

    aim: OptOutAim
    thresholds: OptOutThresholds
    held_out: OptOutFigures


def choose_thresholds(
    folder: Path,
    data: Dataset,
    store: EmbeddingStore,
    aim: OptOutAim,
    *,
    seed: int = 0,
    cross_fit: CrossFit | None = None,
) -> ChosenThresholds:
    """Choose on scores by members that have not seen the row's writer, calibrated as the bundle is.

    For `held_out` calibration and thresholds have not seen the writer either. Rows in a language
    that the scoring members never met have no say, and are not measured. Raises DataError for
    a head that is no yes/no question, or rows of one writer.
    """
    if not data.task.is_yes_no:
        raise DataError(f"{data.task.name} is no yes/no head")
    torch.set_num_threads(1)  # reproducible sums, as in training
    recipe = bundle_recipe(folder)
    features = embed_features(data, store, recipe, cross_fit)
    folds = make_folds(data, "source", seed, cross_fit)
    logits = member_logits(recipe, data, features, folds, seed=seed)
    authors, by_author = folds, logits
    if cross_fit is None:  # which has one split, and so have bundles learnt with it
        authors = make_folds(data, "author", seed)
        by_author = member_logits(recipe, data, features, authors, seed=seed)
    truth = data.truth == 0
    calibrating = in_learnt_languages(data.languages, authors)
    served = calibrate(
        data.task, [member[calibrating] for member in by_author], data.targets[calibrating]
    ).apply(logits)[:, 0]
    usable = in_learnt_languages(data.languages, folds)
    chosen = choose(served[usable], truth[usable], aim)
    return ChosenThresholds(aim, chosen, _held_out(data, logits, folds, aim))


def _held_out(
    data: Dataset, logits: Sequence[Floats], folds: Sequence[Fold], aim: OptOutAim
) -> OptOutFigures:
    """Measure thresholds, and a calibration, that were chosen without the row's fold."""
    truth, usable = data.truth == 0, in_learnt_languages(data.languages, folds)
    yes, review = np.zeros(len(data), dtype=bool), np.zeros(len(data), dtype=bool)
    for fold in folds:
        rows = np.intersect1d(fold.train, usable)
        known = [member[rows] for member in logits]
        calibrated = calibrate(data.task, known, data.targets[rows])
        limits = choose(calibrated.apply(known)[:, 0], truth[rows], aim)
        scores: Floats = calibrated.apply([member[fold.test] for member in logits])[:, 0]
        yes[fold.test], review[fold.test] = states(scores, limits)
    return measure(yes[usable], review[usable], truth[usable])


def write_with_thresholds(
    folder: Path, data: Dataset, chosen: ChosenThresholds, version: str
) -> Path:
    """Write the bundle once more, under another version, with the table; return its folder.

    Weights, calibration and golden answers stay. Raises BundleExistsError when the version exists.
    """
    bundle = read_folder(folder)
    facts = {
        **bundle_facts(folder),
        "version": version,
        "opt_out": {
            **asdict(chosen.aim),
            "thresholds": chosen.thresholds.model_dump(),
            "held_out_writers": asdict(chosen.held_out),
        },
    }
    changes = {"version": version, "opt_out": chosen.thresholds.model_dump()}
    return write_variant(folder.parent.parent, bundle, data.task, changes, facts)
