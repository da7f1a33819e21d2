"""Learns a head from descriptions alone: a label is the direction of the mean of its sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.training.data.dataset import Dataset
from heads.training.fitting.calibrated_ensemble import (
    Calibrated,
    choose_thresholds,
    decide,
    loss_of,
)
from heads.training.fitting.fit import Network
from heads.training.metrics import Bools, Floats, Ints

_SCALES = (1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0)
_NEVER = 0.9999
"""The threshold of a label that nothing was measured on."""
_ABOVE = 0.01  # kept from the surest mistake
_FEW = 8  # measured examples of a label under which its figures mean little
_LEAST, _LEAST_OF_FEW = 0.5, 0.9


@dataclass(frozen=True)
class Prototypes:
    """A head of prototypes, and the scores (n, columns) of its sentences without themselves.

    Row i of `scores` is by prototypes that had not seen sentence i; `measured` marks those that
    figures and thresholds are of.
    """

    network: Network
    calibrated: Calibrated
    scores: Floats
    measured: Bools
    thresholds: Mapping[str, float]


def learn_prototypes(
    data: Dataset, x: NDArray[np.float32], is_example: Sequence[bool]
) -> Prototypes:
    """Learn from sentences of length-1 features x (n, features), one label each.

    The sharpness of the scores is the one of least loss on examples held out one by one. Only
    labels with two sentences, an example among them, can be measured: of others nothing is acted
    on, nor below the score of any held-out mistake, nor below 0.5, or 0.9 under eight examples.
    """
    held_out = np.concatenate([_cosines(data, x, row) for row in range(len(data))])
    counts = np.bincount(data.truth, minlength=len(data.task.labels))
    measured = np.asarray(is_example, dtype=bool) & (counts[data.truth] > 1)
    calibrated = _calibrated(data)
    rows = np.flatnonzero(measured)
    scale = _sharpness(data, calibrated, held_out, rows)
    scores = calibrated.apply([held_out * scale])
    w0 = _columns(data, _directions(data, x, np.arange(len(data)))) * np.float32(scale)
    network = Network(w0, np.zeros(w0.shape[1], dtype=np.float32))
    return Prototypes(network, calibrated, scores, measured, _thresholds(data, scores, rows))


def _calibrated(data: Dataset) -> Calibrated:
    if data.task.kind == "softmax":
        return Calibrated((1.0,), 1.0, None)
    return Calibrated((1.0,), None, ((1.0, 0.0),))


def _directions(data: Dataset, x: NDArray[np.float32], rows: Ints) -> NDArray[np.float32]:
    """Return each label's mean direction over the rows  # (labels, features), 0 without any."""
    directions = np.zeros((len(data.task.labels), x.shape[1]), dtype=np.float32)
    for label in range(len(directions)):
        own = rows[data.truth[rows] == label]
        if len(own):
            mean = x[own].mean(axis=0)
            directions[label] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    centred: NDArray[np.float32] = directions - directions.mean(axis=0)
    return centred


def _columns(data: Dataset, directions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the weights of the head's logits; a yes/no head has one  # (features, columns)."""
    if data.task.is_yes_no:
        return np.ascontiguousarray((directions[0] - directions[1])[:, None])
    return np.ascontiguousarray(directions.T)


def _cosines(data: Dataset, x: NDArray[np.float32], row: int) -> Floats:
    others = np.delete(np.arange(len(data)), row)
    return (x[[row]] @ _columns(data, _directions(data, x, others))).astype(np.float64)


def _sharpness(data: Dataset, calibrated: Calibrated, logits: Floats, rows: Ints) -> float:
    if not len(rows):
        return _SCALES[len(_SCALES) // 2]
    losses = [
        loss_of(data.task, calibrated.apply([logits[rows] * scale]), data.targets[rows])
        for scale in _SCALES
    ]
    return _SCALES[int(np.argmin(losses))]


def _thresholds(data: Dataset, scores: Floats, rows: Ints) -> dict[str, float]:
    if not len(rows):
        return dict.fromkeys(data.task.labels, _NEVER)
    some, some_scores = data.rows(rows), scores[rows]
    chosen = choose_thresholds(some, some_scores)
    best, confidence, _ = decide(data.task, some_scores, dict.fromkeys(data.task.labels, 0.0))
    thresholds = {}
    for index, label in enumerate(data.task.labels):
        wrong = confidence[(best == index) & (some.truth != index)]
        surest = float(wrong.max()) + _ABOVE if len(wrong) else 0.0
        examples = int((some.truth == index).sum())
        floor = _LEAST if examples >= _FEW else _LEAST_OF_FEW if examples else _NEVER
        thresholds[label] = min(max(chosen[label], surest, floor), _NEVER)
    return thresholds
