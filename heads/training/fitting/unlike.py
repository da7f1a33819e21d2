"""Learns how far a text may be from a head's rows, on distances of rows it has not learnt from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from heads.manifest import MAX_LABELS
from heads.training.data.dataset import Dataset
from heads.training.data.splits import Fold, in_learnt_languages
from heads.training.fitting.features import Features
from heads.training.fitting.recipe import Recipe
from heads.training.metrics import Bools, Floats

RANK = 8
# Of the covariance that is used, the part that is the same in every direction.
_SHRINKAGE = 0.9
# Of held-out rows, the share that stays within the limit: half of what may be lost, since
# writers that no row is from are farther away.
_KEPT = 0.995


@dataclass(frozen=True)
class UnlikeMap:
    """A linear map of views side by side: `rank` columns, then one for each group of rows.

    w0 (len(views) * dim, rank + groups), b0 (rank + groups,); heads.manifest.Unlike says what
    the columns mean.
    """

    views: tuple[str, ...]
    rank: int
    w0: NDArray[np.float32]
    b0: NDArray[np.float32]

    def distances(self, x: NDArray[np.float32]) -> Floats:
        """Return each row's distance from what was learnt  # (n, features) -> (n,)."""
        columns = (x @ self.w0 + self.b0).astype(np.float64)
        spread, nearest = columns[:, : self.rank], columns[:, self.rank :]
        result: Floats = len(self.views) - (spread**2).sum(axis=1) - nearest.max(axis=1)
        return result


@dataclass(frozen=True)
class Unlike:
    """A map with its limit, and the share of good rows lost by split, limits learnt without them.

    `held_out`: {"author": share, "source": share}, a split left out where it cannot be made.
    """

    map: UnlikeMap
    limit: float
    held_out: dict[str, float]

    def as_table(self) -> dict[str, Any]:
        """Return the table [unlike] of head.toml."""
        return {"views": list(self.map.views), "rank": self.map.rank, "limit": self.limit}


def learn_unlike(
    data: Dataset,
    features: Features,
    recipe: Recipe,
    folds: Sequence[Fold],
    apart: Mapping[str, Sequence[Fold]],
) -> Unlike | None:
    """Learn the limit on rows that `folds` hold out, the map on all; None without any view.

    `apart`: the folds by which to tell what the limit costs.
    """
    views = views_of(recipe)
    if not views:
        return None
    folds = _in_learnt_languages(data, folds)
    limit = limit_of(
        held_out_distances(views, data, [features.for_fold(fold) for fold in folds], folds)
    )
    held_out = {}
    for split, all_folds in apart.items():
        some = _in_learnt_languages(data, all_folds)
        read = [features.for_fold(fold) for fold in some]
        distances = held_out_distances(views, data, read, some)
        held_out[split] = float(beyond_limit(distances, some)[np.isfinite(distances)].mean())
    everything = features.views(views, np.arange(len(data)))
    return Unlike(fit_map(views, everything, data.strata), limit, held_out)


def _in_learnt_languages(data: Dataset, folds: Sequence[Fold]) -> tuple[Fold, ...]:
    """Hold out rows in languages alone that the fold learns from too: a new one is unlike."""
    rows = in_learnt_languages(data.languages, folds)
    return tuple(replace(fold, test=np.intersect1d(fold.test, rows)) for fold in folds)


def views_of(recipe: Recipe) -> tuple[str, ...]:
    """Return the views to measure on: a linear member's, whose product serving makes anyway."""
    reading = [member for member in recipe.members if member.views]
    linear = [member for member in reading if not member.shape.hidden]
    return (linear or reading)[0].views if reading else ()


def fit_map(views: tuple[str, ...], x: NDArray[np.float32], groups: Sequence[str]) -> UnlikeMap:
    """Learn the map from rows (n, features) of these groups, each view of length 1.

    The distance is Mahalanobis's to the nearest group's mean, times the covariance's even part:
    all rows share one covariance about their group's mean, shrunk towards an even one and cut to
    its `RANK` widest directions.
    """
    names, owner = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) > MAX_LABELS:
        names, owner = names[:1], np.zeros(len(x), dtype=np.int64)
    means = np.stack([x[owner == index].mean(axis=0) for index in range(len(names))])
    centred = (x - means[owner]).astype(np.float64)
    directions, weights = _widest(centred)
    scaled = directions * np.sqrt(weights)
    inner = means @ scaled
    nearest = 2 * (means - inner @ scaled.T).T
    offset = (inner**2).sum(axis=1) - (means.astype(np.float64) ** 2).sum(axis=1)
    w0 = np.hstack([scaled, nearest]).astype(np.float32)
    b0 = np.concatenate([np.zeros(scaled.shape[1]), offset]).astype(np.float32)
    return UnlikeMap(views, scaled.shape[1], w0, b0)


def _widest(centred: Floats) -> tuple[Floats, Floats]:
    """Return the directions of most spread (features, rank) and how little each counts, 0 to 1."""
    size = centred.shape[1]
    covariance = centred.T @ centred / len(centred)
    rank = min(RANK, size)
    spread, directions = eigh(covariance, subset_by_index=(size - rank, size - 1))
    even = _SHRINKAGE / (1 - _SHRINKAGE) * max(float(np.trace(covariance)) / size, 1e-9)
    spread = np.maximum(spread, 0)
    return directions, spread / (spread + even)


def held_out_distances(
    views: tuple[str, ...], data: Dataset, features: Sequence[Features], folds: Sequence[Fold]
) -> Floats:
    """Measure rows by maps that have not seen their fold, with features of each fold's own.

    NaN for rows that no fold holds out.
    """
    distances = np.full(len(data), np.nan)
    for fold, seen in zip(folds, features, strict=True):
        groups = [data.strata[index] for index in fold.train]
        fitted = fit_map(views, seen.views(views, fold.train), groups)
        distances[fold.test] = fitted.distances(seen.views(views, fold.test))
    return distances


def limit_of(distances: Floats) -> float:
    """Return the distance that all but a two-hundredth of held-out rows stay within."""
    known = distances[np.isfinite(distances)]
    return float(np.quantile(known, _KEPT, method="higher"))


def beyond_limit(distances: Floats, folds: Sequence[Fold]) -> Bools:
    """Tell which rows a limit turns away that their fold had no say in."""
    beyond = np.zeros(len(distances), dtype=bool)
    for fold in folds:
        beyond[fold.test] = distances[fold.test] > limit_of(distances[fold.train])
    return beyond
