"""Measures how well texts of no class are told apart, by distance and by the best score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heads.training.data.dataset import Dataset
from heads.training.data.splits import Fold
from heads.training.fitting.features import Features
from heads.training.fitting.recipe import Recipe
from heads.training.fitting.strength import Choice
from heads.training.fitting.unlike import fit_map, held_out_distances, limit_of, views_of
from heads.training.metrics import Floats, auroc


def told_apart(
    choice: Choice,
    train: Dataset,
    features: Features,
    unknown: int,
    folds: Sequence[Fold],
    seen: Sequence[Features],
    scores: Floats,
) -> str:
    """Describe it for `scores` of the rows after `train`, the last `unknown` of them of no class.

    Map and limit are those that `heads train` learns, on training rows alone; `seen` are the
    features for each of `folds`. Empty where no member reads a view.
    """
    views = views_of(Recipe(choice.members))
    if not views:
        return ""
    learnt = fit_map(views, features.views(views, np.arange(len(train))), train.strata)
    rows = np.arange(len(train), len(train) + len(scores))
    distances = learnt.distances(features.views(views, rows))
    limit = limit_of(held_out_distances(views, train, seen, folds))
    beyond, doubt = distances > limit, -scores.max(axis=1)
    return (
        f"AUROC by distance {auroc(distances[:-unknown], distances[-unknown:]):.3f}, by score "
        f"{auroc(doubt[:-unknown], doubt[-unknown:]):.3f}; at the limit recall "
        f"{beyond[-unknown:].mean():.3f}, in-scope texts lost {beyond[:-unknown].mean():.1%}"
    )
