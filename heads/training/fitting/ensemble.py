"""Learns an ensemble's members on given rows, and scores rows out of fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from heads.training.data.dataset import Dataset
from heads.training.data.splits import Fold, grouped_folds, joined_groups, random_folds
from heads.training.errors import TooFewRowsError
from heads.training.fitting.calibration import sigmoid, softmax
from heads.training.fitting.features import Features, inverse_document_frequency
from heads.training.fitting.fit import Network, fit_network
from heads.training.fitting.parallel import run_all
from heads.training.fitting.recipe import MemberSpec, Weighting

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_STOP_FOLDS = 7


@dataclass(frozen=True)
class Member:
    """A learnt member: its spec, its network, and the idf its n-grams are weighed by."""

    spec: MemberSpec
    network: Network
    idf: NDArray[np.float32] | None

    def logits(self, features: Features, rows: Indices) -> Floats:
        """Score the rows  # (rows, columns)."""
        if self.idf is not None:
            return self.network.logits(features.lexical(self.idf, rows))
        return self.network.logits(features.views(self.spec.views, rows))


def fit_member(
    spec: MemberSpec,
    data: Dataset,
    features: Features,
    rows: Indices,
    weighting: Weighting,
    *,
    seed: int,
) -> Member:
    """Learn one member on `rows` of the data."""
    idf = inverse_document_frequency(features.counts, rows) if spec.lexical else None
    x = features.lexical(idf, rows) if idf is not None else features.views(spec.views, rows)
    stop = _stop_rows(data, rows, seed) if spec.shape.hidden else None
    network = fit_network(
        x,
        data.targets[rows],
        row_weights(data.targets[rows], weighting),
        spec.shape,
        softmax=data.task.kind == "softmax",
        seed=seed,
        stop=stop,
    )
    return Member(spec, network, idf)


def fit_members(
    specs: Sequence[MemberSpec],
    data: Dataset,
    features: Features,
    weighting: Weighting,
    *,
    seed: int,
) -> tuple[Member, ...]:
    """Learn the members on all rows, side by side."""
    rows = np.arange(len(data))
    jobs = [partial(fit_member, spec, data, features, rows, weighting, seed=seed) for spec in specs]
    return tuple(run_all(jobs, "final fit"))


def row_weights(targets: NDArray[np.float32], weighting: Weighting) -> NDArray[np.float32]:
    """Weigh each row in the loss, mean 1: `balanced` is 1/class share, `sqrt` its root."""
    ones = np.ones(len(targets), dtype=np.float32)
    if weighting == "none":
        return ones
    columns = targets if targets.shape[1] > 1 else np.hstack([targets, 1.0 - targets])
    share = np.maximum(columns.mean(axis=0), 1e-6)
    rarity = (columns / share).sum(axis=1) / np.maximum(columns.sum(axis=1), 1e-6)
    rarity[columns.sum(axis=1) == 0] = 1.0
    weights = np.sqrt(rarity) if weighting == "sqrt" else rarity
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def _stop_rows(data: Dataset, rows: Indices, seed: int) -> Indices:
    """Choose rows (by place in `rows`) that end a training early: whole authors if possible."""
    strata = [data.strata[i] for i in rows]
    groups = joined_groups([data.authors[i] for i in rows], [data.texts[i] for i in rows])
    try:
        folds = grouped_folds(strata, groups, folds=_STOP_FOLDS, seed=seed)
    except TooFewRowsError:
        folds = random_folds(strata, folds=_STOP_FOLDS, seed=seed)
    return folds[0].test


def out_of_fold_logits(
    specs: Sequence[MemberSpec],
    data: Dataset,
    features: Features,
    folds: Sequence[Fold],
    weighting: Weighting,
    *,
    seed: int,
    what: str = "judge",
) -> list[Floats]:
    """Score every row by each member learnt without the row's fold  # for each (n, columns)."""
    jobs = [
        partial(_test_logits, spec, data, features, fold, weighting, seed)
        for spec in specs
        for fold in folds
    ]
    scored = iter(run_all(jobs, what))
    tables = []
    for _ in specs:
        logits = np.zeros(data.targets.shape, dtype=np.float64)
        for fold in folds:
            logits[fold.test] = next(scored)
        tables.append(logits)
    return tables


def _test_logits(
    spec: MemberSpec, data: Dataset, features: Features, fold: Fold, weighting: Weighting, seed: int
) -> Floats:
    read = features.for_fold(fold)
    member = fit_member(spec, data, read, fold.train, weighting, seed=seed)
    return member.logits(read, fold.test)


def probabilities(logits: Floats, *, is_softmax: bool) -> Floats:
    """Return the softmax over columns, or the sigmoid of each."""
    return softmax(logits) if is_softmax else sigmoid(logits)


def averaged(members: Sequence[Floats], scales: Sequence[float], *, is_softmax: bool) -> Floats:
    """Average the members' probabilities, their logits scaled, as serving does."""
    scored = [
        probabilities(logits * scale, is_softmax=is_softmax)
        for logits, scale in zip(members, scales, strict=True)
    ]
    return np.asarray(np.mean(scored, axis=0))
