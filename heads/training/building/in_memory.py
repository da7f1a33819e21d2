"""Learns a head from texts and class numbers alone, and keeps it in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from heads.inference.head import Head
from heads.training.building.inputs import FOLDS
from heads.training.building.trained import Trained, head_in_memory
from heads.training.data.dataset import Dataset
from heads.training.data.splits import random_folds
from heads.training.data.taxonomy import Task
from heads.training.fitting.calibrated_ensemble import Calibrated, calibrate, choose_thresholds
from heads.training.fitting.ensemble import fit_members, out_of_fold_logits
from heads.training.fitting.features import Features, make_features
from heads.training.fitting.recipe import Recipe, parse_members

Vectors = Callable[[Sequence[str], Sequence[str], Sequence[str]], Mapping[str, NDArray[np.float32]]]
"""Texts, views and contexts -> `{view: (n, dim)}`."""


def learn_head(
    texts: Sequence[str], codes: NDArray[np.int64], members: str, vectors: Vectors, *, seed: int
) -> Head:
    """Learn a softmax head whose labels are the class numbers "0", "1", ...

    Members as `heads train` takes them. Calibration and thresholds are chosen out of fold where
    each class has as many texts as there are folds; else it is not calibrated, and decides all.
    """
    torch.set_num_threads(1)  # reproducible sums
    recipe = Recipe(parse_members(members))
    data = _dataset(texts, np.asarray(codes, dtype=np.int64))
    read = vectors(texts, recipe.views, data.contexts)
    features = make_features(read, texts, recipe.lexical if recipe.reads_text else None)
    calibrated, thresholds = _last_step(recipe, data, features, seed)
    learnt = fit_members(recipe.members, data, features, recipe.weighting, seed=seed)
    return head_in_memory(Trained(recipe, learnt, calibrated, thresholds, {}), data.task)


def _dataset(texts: Sequence[str], codes: NDArray[np.int64]) -> Dataset:
    labels = tuple(str(code) for code in range(int(codes.max()) + 1))
    nothing = ("",) * len(texts)
    return Dataset(
        Task("head", "softmax", labels, "label", ""),
        tuple(texts),
        nothing,
        np.eye(len(labels), dtype=np.float32)[codes],
        codes,
        tuple(frozenset({code}) for code in codes.tolist()),
        tuple(labels[code] for code in codes),
        tuple(map(str, range(len(texts)))),
        ("table",) * len(texts),
        nothing,
    )


def _last_step(
    recipe: Recipe, data: Dataset, features: Features, seed: int
) -> tuple[Calibrated, Mapping[str, float]]:
    if np.bincount(data.truth).min() < FOLDS:
        return Calibrated((1.0,) * len(recipe.members), 1.0, None), dict.fromkeys(
            data.task.labels, 0.0
        )
    folds = random_folds(data.strata, folds=FOLDS, seed=seed)
    logits = out_of_fold_logits(
        recipe.members, data, features, folds, recipe.weighting, seed=seed, what=""
    )
    calibrated = calibrate(data.task, logits, data.targets)
    return calibrated, choose_thresholds(data, calibrated.apply(logits))
