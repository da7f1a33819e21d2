"""Learns a head's last step on out-of-fold scores: scales, calibration, thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.training.data.dataset import Dataset
from heads.training.data.taxonomy import Task
from heads.training.fitting.calibration import (
    apply_platt,
    apply_temperature,
    fit_platt,
    fit_temperature,
    log_loss,
)
from heads.training.fitting.ensemble import averaged, probabilities
from heads.training.fitting.thresholds import (
    several_thresholds,
    softmax_thresholds,
    yes_no_thresholds,
)
from heads.training.metrics import Bools

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibrated:
    """Scales of the members' logits, `temperature` (softmax) or `platt` (a, b per column)."""

    scales: tuple[float, ...]
    temperature: float | None
    platt: tuple[tuple[float, float], ...] | None

    def apply(self, members: Sequence[Floats]) -> Floats:
        """Return calibrated probabilities from the members' logits  # (n, columns)."""
        mean = averaged(members, self.scales, is_softmax=self.temperature is not None)
        if self.temperature is not None:
            return apply_temperature(mean, self.temperature)
        if self.platt is None:
            raise ValueError("neither temperature nor platt")
        columns = [apply_platt(mean[:, i], a, b) for i, (a, b) in enumerate(self.platt)]
        return np.stack(columns, axis=1)


def calibrate(task: Task, members: Sequence[Floats], targets: NDArray[np.float32]) -> Calibrated:
    """Fit on out-of-fold logits: each member's own temperature first, then the average's."""
    targets64 = targets.astype(np.float64)
    softmax = task.kind == "softmax"
    scales = tuple(_member_scale(logits, targets64, softmax=softmax) for logits in members)
    mean = averaged(members, scales, is_softmax=softmax)
    if softmax:
        return Calibrated(scales, fit_temperature(mean, targets64), None)
    platt = tuple(fit_platt(mean[:, i], targets64[:, i]) for i in range(targets64.shape[1]))
    return Calibrated(scales, None, platt)


def _member_scale(logits: Floats, targets: Floats, *, softmax: bool) -> float:
    mean = probabilities(logits, is_softmax=softmax)
    if softmax:
        return 1.0 / fit_temperature(mean, targets)
    # One scale for all columns of a sigmoid head: the temperature of (p, 1 - p) pairs.
    pairs = np.stack([mean.ravel(), 1.0 - mean.ravel()], axis=1)
    wanted = np.stack([targets.ravel(), 1.0 - targets.ravel()], axis=1)
    return 1.0 / fit_temperature(pairs, wanted)


def loss_of(task: Task, scores: Floats, targets: NDArray[np.float32]) -> float:
    """Return the mean log-loss of calibrated scores; for sigmoid heads summed over columns."""
    wanted = targets.astype(np.float64)
    if task.kind == "softmax":
        return log_loss(scores, wanted)
    return log_loss(scores, wanted) + log_loss(1.0 - scores, 1.0 - wanted)


def label_scores_of(task: Task, scores: Floats) -> Floats:
    """Return a score for each label; yes/no heads answer both from one column  # (n, labels)."""
    return np.hstack([scores, 1.0 - scores]) if task.is_yes_no else scores


def choose_thresholds(data: Dataset, scores: Floats) -> dict[str, float]:
    """Choose per-label thresholds by the task's policy, on out-of-fold calibrated scores."""
    task = data.task
    if task.is_yes_no:
        return yes_no_thresholds(scores[:, 0], data.truth == 0, task.policy)
    if task.kind == "softmax":
        return softmax_thresholds(scores, data.truth, task.labels, task.policy, data.lenient)
    return several_thresholds(scores, data.targets >= 0.5, task.labels, task.policy)


def decide(
    task: Task, scores: Floats, thresholds: Mapping[str, float]
) -> tuple[NDArray[np.int64], Floats, Bools]:
    """Return each row's best label's index, its probability, and whether it may be acted on."""
    limits = np.array([thresholds[label] for label in task.labels])
    table = label_scores_of(task, scores)
    best = table.argmax(axis=1)
    if task.is_yes_no:
        best = np.where(scores[:, 0] >= limits[0], 0, 1)
    confidence = table[np.arange(len(table)), best]
    return best, confidence, confidence >= limits[best]
