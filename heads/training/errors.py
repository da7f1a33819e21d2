"""The errors of training and evaluating heads, each with a stable code."""

from __future__ import annotations


class TrainingError(Exception):
    """Base of everything this package raises on purpose."""

    code = "training_error"


class DataError(TrainingError):
    """A file of labelled texts cannot be read or does not hold what was asked of it."""

    code = "data_error"


class TooFewRowsError(TrainingError):
    """A label or group has too few rows for the cross-validation that was asked for."""

    code = "too_few_rows"


class TrackingError(TrainingError):
    """MLflow is not installed, or its store is away or refuses."""

    code = "tracking_error"
