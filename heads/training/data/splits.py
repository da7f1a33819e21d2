"""Splits rows into folds: grouped, so that no author or text is on both sides, or random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.training.data.near_duplicates import folded
from heads.training.errors import TooFewRowsError

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """Row numbers to learn from and row numbers to test on; disjoint.

    `encoder` is the place, among the encoders of `CrossFit`, of the one that saw no text of
    `test`; None where the encoder that serves saw none either.
    """

    train: Indices
    test: Indices
    encoder: int | None = None


def grouped_folds(
    strata: Sequence[str], groups: Sequence[str], *, folds: int, seed: int
) -> tuple[Fold, ...]:
    """Split into folds with every group whole on one side, classes as even as groups allow.

    Greedy: groups in a seeded order, those with the most rows first, each goes to the fold
    whose class counts it evens out most. Every row is tested exactly once. Not scikit-learn's
    StratifiedGroupKFold: the published figures of every shipped head were measured on these
    folds, and on others they could not be compared with.
    Raises TooFewRowsError when there are fewer groups than folds.
    """
    names, group_of = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    if len(names) < folds:
        raise TooFewRowsError(f"{len(names)} groups cannot fill {folds} folds")
    classes, class_of = np.unique(np.asarray(strata, dtype=str), return_inverse=True)
    counts = np.zeros((len(names), len(classes)))
    np.add.at(counts, (group_of, class_of), 1)
    fold_of_group = _assign(counts, folds, seed)
    return _as_folds(fold_of_group[group_of], folds)


def random_folds(strata: Sequence[str], *, folds: int, seed: int) -> tuple[Fold, ...]:
    """Split into stratified folds that ignore who wrote what; every row is tested once."""
    if len(strata) < folds:
        raise TooFewRowsError(f"{len(strata)} rows cannot fill {folds} folds")
    random = np.random.default_rng(seed)
    labels = np.asarray(strata, dtype=str)
    fold_of_row = np.zeros(len(labels), dtype=np.int64)
    offset = 0
    for label in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == label))
        fold_of_row[rows] = (np.arange(len(rows)) + offset) % folds
        offset += len(rows)
    return _as_folds(fold_of_row, folds)


def in_learnt_languages(languages: Sequence[str], folds: Sequence[Fold]) -> Indices:
    """Return the tested rows whose language stands among what their fold learns from, in order.

    What one writer alone wrote in a language is held out with all of it: scores of such rows say
    how a head does in a language that it never met, and nothing may be calibrated on them. All
    tested rows where that leaves none.
    """
    written = np.asarray(languages, dtype=str)
    kept = [fold.test[np.isin(written[fold.test], written[fold.train])] for fold in folds]
    rows = np.sort(np.concatenate(kept))
    return rows if len(rows) else np.sort(np.concatenate([fold.test for fold in folds]))


def joined_groups(groups: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    """Name each row's group, groups that share a text (but for case and space) being one.

    One text stands under several contexts: learnt from in one, it is no new text in another.
    """
    joined: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := joined.get(name, name)) != name:
            name = above
        return name

    first_of: dict[str, str] = {}
    for group, text in zip(groups, texts, strict=True):
        here = root(group)
        there = root(first_of.setdefault(folded(text), here))
        joined[max(here, there)] = min(here, there)
    return tuple(map(root, groups))


def _assign(counts: NDArray[np.float64], folds: int, seed: int) -> Indices:
    """Return the fold of each group, given its class counts  # (groups, classes)."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    totals = np.maximum(counts.sum(axis=0), 1)
    filled = np.zeros((folds, counts.shape[1]))
    fold_of_group = np.zeros(len(counts), dtype=np.int64)
    for group in order:
        # Share of each class per fold after placing the group there; even shares win.
        shares = (filled[None, :, :] + np.eye(folds)[:, :, None] * counts[group]) / totals
        unevenness = shares.std(axis=1).mean(axis=1)
        sizes = filled.sum(axis=1) / max(counts.sum(), 1)
        choice = int(np.lexsort((sizes, np.round(unevenness, 9)))[0])
        filled[choice] += counts[group]
        fold_of_group[group] = choice
    return fold_of_group


def _as_folds(fold_of_row: Indices, folds: int) -> tuple[Fold, ...]:
    return tuple(
        Fold(np.flatnonzero(fold_of_row != fold), np.flatnonzero(fold_of_row == fold))
        for fold in range(folds)
    )
