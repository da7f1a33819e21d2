"""Strategies of choosing rows: typical ones of clusters first, then the ones in doubt.

TypiClust (Hacohen et al. 2022), margin (Scheffer et al. 2001), and TCM, the first for a few rounds
and then the second (Doucet et al. 2024). All are pure: the same rows and seed, the same choice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from heads.training.metrics import Bools, Floats, Ints

_DIMENSIONS = 64
_NEIGHBOURS = 20
_MOST_CLUSTERS = 500
_LARGE = 5_000  # rows from which on clusters are learnt from samples
_SMALLEST = 5  # a cluster of fewer rows is an oddity, typical of nothing


def random_rows(labelled: Bools, count: int, seed: int) -> Ints:
    """Choose unlabelled rows by chance."""
    free = np.flatnonzero(~labelled)
    chosen: Ints = np.random.default_rng(seed).permutation(free)[:count]
    return chosen


def typical_rows(x: NDArray[np.float32], labelled: Bools, count: int, seed: int) -> Ints:
    """Choose the most typical row of each of the largest clusters that hold no label yet.

    x (n, features) has rows of length 1. There are as many clusters as there will be labels.
    """
    points = _reduced(x, seed)
    clusters = min(int(labelled.sum()) + count, _MOST_CLUSTERS, len(np.unique(points, axis=0)))
    cluster_of = _clusters(points, clusters, seed)
    covered, free, chosen = labelled.copy(), ~labelled, list[int]()
    while len(chosen) < count and free.any():
        sizes = np.bincount(cluster_of[free], minlength=clusters)
        labels = np.bincount(cluster_of[covered], minlength=clusters)
        order = np.lexsort((-sizes, labels, sizes < _SMALLEST))
        cluster = next(int(c) for c in order if sizes[c])
        row = _most_typical(points, np.flatnonzero((cluster_of == cluster) & free))
        chosen.append(row)
        free[row], covered[row] = False, True
    return np.array(chosen, dtype=np.int64)


def margins(scores: Floats) -> Floats:
    """Return how far each row's best label is above the next  # (n, columns) -> (n,).

    One column is the probability of yes.
    """
    if scores.shape[1] == 1:
        doubt: Floats = np.abs(2 * scores[:, 0] - 1)
        return doubt
    ordered = np.sort(scores, axis=1)
    above: Floats = ordered[:, -1] - ordered[:, -2]
    return above


def doubtful_rows(by_head: list[Floats], labelled: Bools, count: int) -> Ints:
    """Choose unlabelled rows of the smallest margins; of several heads by the mean of their ranks.

    One text costs one look however many heads it teaches.
    """
    free = np.flatnonzero(~labelled)
    ranks = np.mean([_ranks(margin[free]) for margin in by_head], axis=0)
    chosen: Ints = free[np.argsort(ranks, kind="stable")[:count]]
    return chosen


def _ranks(values: Floats) -> Floats:
    ranks = np.empty(len(values))
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks


def _reduced(x: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    size = min(_DIMENSIONS, *x.shape)
    if size == x.shape[1]:
        return x
    points: NDArray[np.float32] = PCA(size, random_state=seed).fit_transform(x)
    return points.astype(np.float32)


def _clusters(points: NDArray[np.float32], count: int, seed: int) -> Ints:
    kind = MiniBatchKMeans if len(points) > _LARGE else KMeans
    labels: Ints = kind(count, n_init=1, random_state=seed).fit(points).labels_.astype(np.int64)
    return labels


def _most_typical(points: NDArray[np.float32], rows: Ints) -> int:
    """Return the row whose nearest neighbours among these are nearest."""
    if len(rows) == 1:
        return int(rows[0])
    near = NearestNeighbors(n_neighbors=min(_NEIGHBOURS, len(rows) - 1)).fit(points[rows])
    distances, _ = near.kneighbors()
    return int(rows[int(distances.mean(axis=1).argmin())])
