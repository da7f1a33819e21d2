"""Chooses each member's l2 strength, and which members stay, by log-loss on held-out rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from heads.training.data.dataset import Dataset
from heads.training.data.splits import Fold, random_folds
from heads.training.fitting.calibrated_ensemble import Calibrated
from heads.training.fitting.calibration import apply_temperature, fit_temperature, log_loss, softmax
from heads.training.fitting.ensemble import Member, averaged, fit_member
from heads.training.fitting.features import Features, inverse_document_frequency
from heads.training.fitting.fit import fit_linear_path
from heads.training.fitting.recipe import MemberSpec

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# Strongest first: each fit starts where the stronger one ended.
DENSE_PATH = (0.1, 0.03, 0.01, 0.003)
LEXICAL_PATH = (0.00003, 0.00001, 0.000003)
# Up to here each of five folds is held out in turn; beyond, a tenth of the rows is plenty.
_CROSS_VALIDATED_ROWS = 2000


@dataclass(frozen=True)
class Choice:
    """Members in use with their strengths, their calibration, and what it was learnt on.

    `rows`: the held-out rows; `scores` (rows, columns): their calibrated probabilities by members
    that have not learnt from them.
    """

    members: tuple[MemberSpec, ...]
    calibrated: Calibrated
    rows: Indices
    scores: Floats


@dataclass(frozen=True)
class _Candidate:
    """A member at one strength: its held-out logits, the scale they need, its log-loss then."""

    spec: MemberSpec
    logits: Floats
    scale: float
    loss: float


def held_out_folds(train: Dataset) -> tuple[Fold, ...]:
    """Return what `choose` learns on and measures on: five folds, or one of ten if large."""
    small = len(train) <= _CROSS_VALIDATED_ROWS
    folds = random_folds(train.strata, folds=5 if small else 10, seed=0)
    return folds if small else folds[:1]


def choose(members: Sequence[MemberSpec], train: Dataset, features: Features) -> Choice:
    """Choose strengths and members by the one rule for softmax tasks of every size.

    It sees rows of `train` alone. Held out: each of five folds in turn, on more than 2,000 rows
    the first of ten. A linear member takes the strength of least calibrated log-loss there, then
    that subset of the members is used whose average has the least. A hidden layer keeps its
    decay: early stopping rules it.
    """
    folds = held_out_folds(train)
    return choose_by_fold(members, train, folds, [features] * len(folds))


def choose_by_fold(
    members: Sequence[MemberSpec],
    train: Dataset,
    folds: Sequence[Fold],
    features: Sequence[Features],
) -> Choice:
    """Choose where each fold has features of its own: an encoder tuned without its rows."""
    rows = np.concatenate([fold.test for fold in folds])
    targets = train.targets[rows].astype(np.float64)
    best = []
    for spec in tqdm(members, desc="choice", leave=False):
        paths = [
            held_out_path(spec, train, seen, fold.train, fold.test)
            for fold, seen in zip(folds, features, strict=True)
        ]
        options = [np.concatenate(pieces) for pieces in zip(*paths, strict=True)]
        candidates = [_candidate(*pair, targets) for pair in zip(path(spec), options, strict=True)]
        best.append(min(candidates, key=lambda candidate: candidate.loss))
    return _best_subset(best, rows, targets)


def _candidate(spec: MemberSpec, logits: Floats, targets: Floats) -> _Candidate:
    scores = softmax(logits)
    temperature = fit_temperature(scores, targets)
    loss = log_loss(apply_temperature(scores, temperature), targets)
    return _Candidate(spec, logits, 1.0 / temperature, loss)


def path(spec: MemberSpec) -> tuple[MemberSpec, ...]:
    """List the strengths to try for a member, strongest first; itself for a hidden layer."""
    if spec.shape.hidden:
        return (spec,)
    return tuple(spec.with_l2(l2) for l2 in (LEXICAL_PATH if spec.lexical else DENSE_PATH))


def held_out_path(
    spec: MemberSpec, train: Dataset, features: Features, learnt: Indices, rows: Indices
) -> list[Floats]:
    """Score `rows` at each strength of the member's path, learnt on `learnt` alone."""
    if spec.shape.hidden:
        fitted = [fit_member(spec, train, features, learnt, "none", seed=0)]
    else:
        fitted = linear_members(path(spec), train, features, learnt)
    return [member.logits(features, rows) for member in fitted]


def linear_members(
    specs: Sequence[MemberSpec], train: Dataset, features: Features, learnt: Indices
) -> list[Member]:
    """Fit one linear member at several strengths, each fit starting at the last."""
    first = specs[0]
    idf = inverse_document_frequency(features.counts, learnt) if first.lexical else None
    x = features.views(first.views, learnt) if idf is None else features.lexical(idf, learnt)
    networks = fit_linear_path(
        x,
        train.targets[learnt],
        [spec.shape.l2 for spec in specs],
        softmax=train.task.kind == "softmax",
    )
    return [Member(spec, network, idf) for spec, network in zip(specs, networks, strict=True)]


def _best_subset(candidates: Sequence[_Candidate], rows: Indices, targets: Floats) -> Choice:
    choices, losses = [], []
    for used in chain.from_iterable(
        combinations(candidates, k + 1) for k in range(len(candidates))
    ):
        scales = tuple(candidate.scale for candidate in used)
        mean = averaged([candidate.logits for candidate in used], scales, is_softmax=True)
        temperature = fit_temperature(mean, targets)
        scores = apply_temperature(mean, temperature)
        calibrated = Calibrated(scales, temperature, None)
        choices.append(
            Choice(tuple(candidate.spec for candidate in used), calibrated, rows, scores)
        )
        losses.append(log_loss(scores, targets))
    return choices[int(np.argmin(losses))]
