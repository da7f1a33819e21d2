"""Fits a finished head's last step, calibration and thresholds, to other rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from heads.manifest import Manifest
from heads.training.data.dataset import Dataset
from heads.training.fitting.calibrated_ensemble import choose_thresholds
from heads.training.fitting.calibration import (
    apply_platt,
    apply_temperature,
    fit_platt,
    fit_temperature,
    logit,
    sigmoid,
)
from heads.training.fitting.thresholds import floored, protected_thresholds
from heads.training.metrics import Floats

LABEL_ROWS = 15
"""A label with fewer rows, true or likeliest, has too few to choose a threshold on."""


@dataclass(frozen=True)
class LastStep:
    """What stands between the members' mean and a decision, for a head that decides one label.

    `temperature` is None for yes/no heads, which have `platt` (a, b). `kept` names the labels
    whose thresholds were not chosen on the rows.
    """

    temperature: float | None
    platt: tuple[float, float]
    thresholds: Mapping[str, float]
    kept: tuple[str, ...] = ()

    @classmethod
    def of(cls, manifest: Manifest) -> LastStep:
        """Read the step of a bundle."""
        calibration = manifest.calibration
        thresholds = {label: manifest.thresholds[label] for label in manifest.labels}
        platt = (calibration.platt or {}).get(manifest.columns[0], (1.0, 0.0))
        if manifest.binary:
            return cls(None, platt, thresholds)
        return cls(calibration.temperature or 1.0, (1.0, 0.0), thresholds)

    def apply(self, mean: Floats) -> Floats:
        """Return calibrated probabilities  # (n, columns)."""
        if self.temperature is not None:
            return apply_temperature(mean, self.temperature)
        return apply_platt(mean, *self.platt)

    def moved(self, probability: Floats, old: LastStep) -> Floats:
        """Return what probabilities of yes by `old` are by this step; 0 and 1 stay  # (n,)."""
        mean = sigmoid((logit(probability) - old.platt[1]) / old.platt[0])
        inside = (probability > 0) & (probability < 1)
        return np.where(inside, apply_platt(mean, *self.platt), probability)

    def calibration(self) -> dict[str, Any]:
        """Return the table [calibration] of head.toml."""
        if self.temperature is not None:
            return {"temperature": self.temperature}
        return {"platt": {"yes": list(self.platt)}}


def refit(data: Dataset, mean: Floats, old: LastStep) -> LastStep:
    """Choose the step by the task's policy on the members' means  # (n, columns).

    A label with too few rows keeps its threshold, raised where a protected pair asks for it; a
    yes/no head keeps everything when it has too few rows of one answer.
    """
    task = data.task
    if task.is_yes_no:
        yes = int((data.truth == 0).sum())
        if min(yes, len(data) - yes) < LABEL_ROWS:
            return LastStep(None, old.platt, old.thresholds, task.labels)
        step = LastStep(None, fit_platt(mean[:, 0], data.targets[:, 0].astype(np.float64)), {})
        thresholds = choose_thresholds(data, step.apply(mean))
        floors = {label: floored(value) for label, value in thresholds.items()}
        return LastStep(None, step.platt, floors)
    temperature = fit_temperature(mean, data.targets.astype(np.float64))
    scores = apply_temperature(mean, temperature)
    chosen = choose_thresholds(data, scores)
    rows = np.minimum(_counts(data.truth, task.labels), _counts(mean.argmax(axis=1), task.labels))
    kept = tuple(
        label for label, count in zip(task.labels, rows, strict=True) if count < LABEL_ROWS
    )
    mixed = {
        label: old.thresholds[label] if label in kept else floored(chosen[label])
        for label in task.labels
    }
    raised = protected_thresholds(mixed, scores, data.truth, task.labels, task.policy, data.lenient)
    rounded = {label: round(value, 4) for label, value in raised.items()}
    return LastStep(temperature, (1.0, 0.0), rounded, kept)


def _counts(indices: Any, labels: tuple[str, ...]) -> Any:
    return np.bincount(indices, minlength=len(labels))
