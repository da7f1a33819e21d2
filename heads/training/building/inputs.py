"""Makes what a training reads: the features of its rows, and the folds that they are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from heads.training.data.dataset import Dataset
from heads.training.data.splits import Fold, grouped_folds, joined_groups, random_folds
from heads.training.errors import TooFewRowsError
from heads.training.fitting.cross_fit import CrossFit
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.features import Features, make_features
from heads.training.fitting.recipe import LEXICAL, Recipe

FOLDS = 5


def embed_features(
    data: Dataset,
    store: EmbeddingStore,
    recipe: Recipe | None,
    cross_fit: CrossFit | None = None,
) -> Features:
    """Make the features a recipe needs, or all that a recipe may be chosen from."""
    views = (
        recipe.views if recipe is not None else tuple(f"mean@{k}" for k in range(store.layers + 1))
    )
    lexical = LEXICAL if recipe is None else recipe.lexical if recipe.reads_text else None
    by_encoder = cross_fit.vectors(data, views) if cross_fit else ()
    vectors = store.vectors(data.texts, views, data.contexts)
    return make_features(vectors, data.texts, lexical, by_encoder)


def make_folds(
    data: Dataset, group_by: str, seed: int, cross_fit: CrossFit | None = None
) -> tuple[Fold, ...]:
    """Split into folds by `author`, by `source` file, or `random`; a cross-fit has its own.

    Authors who wrote the same text stay together; files do not, for a writer is held out whole.
    By author falls back to random ones when every row has an author of its own, as in a table
    without such a column. Rows that a machine labelled are learnt from and never tested on.
    """
    if not data.machine_made:
        return _folds(data, group_by, seed, cross_fit)
    by_machine = np.array(data.machine_made)
    people, machine = np.flatnonzero(~by_machine), np.flatnonzero(by_machine)
    authors = np.array(data.authors)
    folds = []
    for fold in _folds(data.rows(people), group_by, seed, cross_fit):
        test = people[fold.test]
        learnt = machine[~np.isin(authors[machine], authors[test])]
        folds.append(Fold(np.union1d(people[fold.train], learnt), test, fold.encoder))
    return tuple(folds)


def _folds(data: Dataset, group_by: str, seed: int, cross_fit: CrossFit | None) -> tuple[Fold, ...]:
    """Split rows that people labelled."""
    if cross_fit is not None:
        return cross_fit.folds(data)
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


def make_splits(
    data: Dataset, names: Sequence[str], seed: int, cross_fit: CrossFit | None
) -> dict[str, tuple[Fold, ...]]:
    """Make those of the named folds that the rows can fill; a cross-fit has those by file alone.

    None by author where no two rows have the same one: they would be random ones under a name that
    promises more.
    """
    if cross_fit is not None:
        return {"source": make_folds(data, "source", seed, cross_fit)}
    made = {}
    for name in names:
        if name == "author" and not data.names_authors:
            continue
        with suppress(TooFewRowsError):
            made[name] = make_folds(data, name, seed)
    return made
