"""Calibrates out-of-fold scores: temperature for softmax heads, Platt for sigmoid ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_TINY = 1e-12


def softmax(logits: Floats) -> Floats:
    """Return the row-wise softmax  # (n, k) -> (n, k)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponents = np.exp(shifted)
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def apply_temperature(mean: Floats, temperature: float) -> Floats:
    """Return `softmax(log(mean) / T)`: sharper for T < 1, flatter for T > 1, order kept."""
    return softmax(np.log(np.maximum(mean, _TINY)) / temperature)


def log_loss(probabilities: Floats, targets: Floats) -> float:
    """Return the mean cross-entropy against (soft) targets  # (n, k), (n, k)."""
    return float(-(targets * np.log(np.maximum(probabilities, _TINY))).sum(axis=1).mean())


def fit_temperature(mean: Floats, targets: Floats) -> float:
    """Find the temperature in [0.05, 20] of least log-loss (Guo et al. 2017).

    The loss is convex in 1/T; the search runs over log T, where it is still unimodal.
    """

    def loss(log_temperature: float) -> float:
        return log_loss(apply_temperature(mean, float(np.exp(log_temperature))), targets)

    low, high = float(np.log(0.05)), float(np.log(20.0))
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    while high - low > 1e-4:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(left) <= loss(right):
            high = right
        else:
            low = left
    best = (low + high) / 2.0
    return float(np.exp(best)) if loss(best) <= loss(0.0) else 1.0


def logit(probability: Floats) -> Floats:
    """Return `log(p / (1 - p))`, kept finite."""
    clipped = np.clip(probability, _TINY, 1.0 - _TINY)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def sigmoid(values: Floats) -> Floats:
    """Return the logistic function, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)))


def fit_platt(mean: Floats, targets: Floats) -> tuple[float, float]:
    """Fit `(a, b)` of `sigmoid(a * logit(mean) + b)`, Platt (1999) with smoothed targets.

    Newton's method on two parameters with a weak pull towards the identity, so that a
    perfectly separated score stays finite; `a` is kept positive: order never flips.
    mean, targets: (n,), targets in [0, 1].
    """
    scores = logit(mean)
    positives, negatives = float(targets.sum()), float((1.0 - targets).sum())
    high = (positives + 1.0) / (positives + 2.0)
    low = 1.0 / (negatives + 2.0)
    smoothed = low + (high - low) * targets
    design = np.stack([scores, np.ones_like(scores)], axis=1)
    anchor, pull = np.array([1.0, 0.0]), 1.0
    theta = anchor.copy()
    for _ in range(100):
        probabilities = sigmoid(design @ theta)
        gradient = design.T @ (probabilities - smoothed) + pull * (theta - anchor)
        curvature = probabilities * (1.0 - probabilities)
        hessian = (design * curvature[:, None]).T @ design + pull * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        norm = float(np.abs(step).max())
        theta = theta - step * min(1.0, 2.0 / max(norm, 1e-9))
        if norm < 1e-9:
            break
    return max(float(theta[0]), 1e-3), float(theta[1])


def apply_platt(mean: Floats, slope: float, intercept: float) -> Floats:
    """Return `sigmoid(slope * logit(mean) + intercept)`."""
    return sigmoid(slope * logit(mean) + intercept)
