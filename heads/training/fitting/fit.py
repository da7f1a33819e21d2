"""Fits one small network by torch: linear by L-BFGS, or one hidden layer by AdamW."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from heads.training.fitting.products import Matrix, product

Floats = NDArray[np.float32]

_BATCH = 64
_MAX_EPOCHS = 120
_PATIENCE = 8
_LEARNING_RATE = 2e-3
# A linear fit ends here at the latest; a step of a path starts near its end and needs fewer.
_MAX_STEPS, _PATH_STEPS = 150, 25


@dataclass(frozen=True)
class Shape:
    """What is learnt: `hidden` units (0: linear), `l2` pull on the weights, `dropout`.

    `l2` multiplies half the squared weights beside the mean loss of a row (linear), or is
    AdamW's decoupled decay (hidden).
    """

    hidden: int = 0
    l2: float = 0.03
    dropout: float = 0.3


@dataclass(frozen=True)
class Network:
    """Weights of a member: `x @ w0 + b0` and, with a hidden layer, relu and `@ w1 + b1`."""

    w0: Floats
    b0: Floats
    w1: Floats | None = None
    b1: Floats | None = None

    def logits(self, x: Matrix) -> NDArray[np.float64]:
        """Score rows of features  # (n, features) -> (n, columns)."""
        out = np.asarray(x @ self.w0 + self.b0)
        if self.w1 is not None and self.b1 is not None:
            out = np.maximum(out, 0.0) @ self.w1 + self.b1
        return out.astype(np.float64)

    def scaled(self, factor: float) -> Network:
        """Return the network with its logits multiplied: its say in an average."""
        by = np.float32(factor)
        if self.w1 is None or self.b1 is None:
            return Network(self.w0 * by, self.b0 * by)
        return Network(self.w0, self.b0, self.w1 * by, self.b1 * by)


def fit_network(
    x: Matrix,
    targets: Floats,
    weights: Floats,
    shape: Shape,
    *,
    softmax: bool,
    seed: int,
    stop: NDArray[np.int64] | None = None,
) -> Network:
    """Learn `targets` (n, columns), soft or hard, rows weighted by `weights` (n,).

    Features are standardised while learning (dense ones) and the standardisation is folded into
    the first layer. A hidden layer needs `stop`: the row numbers whose loss ends the training.
    Same inputs and seed give the same network on the same machine.
    """
    dense = isinstance(x, np.ndarray)
    mean, scale = _standardisation(x) if dense else (None, None)
    standard = (x - mean) / scale if dense else x
    loss = _Loss(softmax)
    if shape.hidden:
        if stop is None or not dense:
            raise ValueError("a hidden layer needs dense features and rows for early stopping")
        learnt = _fit_hidden(standard, targets, weights, shape, loss, seed, stop)
    else:
        start = _zeros(standard, targets)
        learnt = _fit_linear(standard, targets, weights, shape.l2, loss, start, _MAX_STEPS)
    return _unstandardised(learnt, mean, scale)


def fit_linear_path(
    x: Matrix, targets: Floats, l2s: Sequence[float], *, softmax: bool
) -> tuple[Network, ...]:
    """Fit a linear network for each strength of `l2s`, each from where the last ended.

    From strong to weak a path costs little more than one fit: a step of it is stopped short of
    the exact minimum, where the loss on unseen rows no longer moves. Rows weigh alike; the
    rest is as in `fit_network`.
    """
    mean, scale = _standardisation(x) if isinstance(x, np.ndarray) else (None, None)
    standard = x if mean is None else (x - mean) / scale
    weights, loss, learnt = np.ones(len(targets), np.float32), _Loss(softmax), []
    start = _zeros(standard, targets)
    for l2 in l2s:
        start = _fit_linear(standard, targets, weights, l2, loss, start, _PATH_STEPS)
        learnt.append(_unstandardised(start, mean, scale))
    return tuple(learnt)


def _zeros(x: Matrix, targets: Floats) -> Network:
    columns = targets.shape[1]
    return Network(np.zeros((x.shape[1], columns), np.float32), np.zeros(columns, np.float32))


def _unstandardised(learnt: Network, mean: Floats | None, scale: Floats | None) -> Network:
    if mean is None or scale is None:
        return learnt
    w0 = learnt.w0 / scale[:, None]
    return Network(w0, learnt.b0 - mean @ w0, learnt.w1, learnt.b1)


def _standardisation(x: Floats) -> tuple[Floats, Floats]:
    # A nearly constant feature would turn the encoder's rounding noise into signal: keep it small.
    spread = x.std(axis=0)
    return x.mean(axis=0), np.maximum(spread, 0.1 * spread.mean() + 1e-6).astype(np.float32)


class _Loss:
    """Mean weighted cross-entropy of a softmax over columns, or of one sigmoid per column."""

    def __init__(self, softmax: bool) -> None:
        self._softmax = softmax

    def __call__(self, logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        if self._softmax:
            rows = -(targets * torch.log_softmax(logits, dim=1)).sum(dim=1)
        else:
            rows = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, targets, reduction="none"
            ).sum(dim=1)
        return (rows * weights).sum() / weights.sum()


def _fit_linear(
    x: Matrix,
    targets: Floats,
    weights: Floats,
    l2: float,
    loss: _Loss,
    start: Network,
    steps: int,
) -> Network:
    scored_by = product(x)
    wanted, row_weights = torch.from_numpy(targets), torch.from_numpy(weights)
    w = torch.tensor(start.w0, requires_grad=True)
    b = torch.tensor(start.b0, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [w, b],
        max_iter=steps,
        tolerance_grad=1e-5,
        tolerance_change=1e-7,
        history_size=10,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss(scored_by(w) + b, wanted, row_weights) + 0.5 * l2 * (w * w).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return Network(w.detach().numpy().copy(), b.detach().numpy().copy())


def _fit_hidden(
    x: Floats,
    targets: Floats,
    weights: Floats,
    shape: Shape,
    loss: _Loss,
    seed: int,
    stop: NDArray[np.int64],
) -> Network:
    generator = torch.Generator().manual_seed(seed)
    learn = np.setdiff1d(np.arange(len(x)), stop)
    inputs, wanted, row_weights = (
        torch.from_numpy(a.astype(np.float32)) for a in (x, targets, weights)
    )
    layers = _initial(x.shape[1], shape.hidden, targets.shape[1], generator)
    optimiser = torch.optim.AdamW(layers, lr=_LEARNING_RATE, weight_decay=shape.l2)
    held = torch.from_numpy(stop)
    best, best_layers, waited = float("inf"), [t.detach().clone() for t in layers], 0
    for _ in range(_MAX_EPOCHS):
        order = torch.from_numpy(learn)[torch.randperm(len(learn), generator=generator)]
        batch = max(_BATCH, len(learn) // 64)
        for rows in torch.split(order, batch):
            optimiser.zero_grad()
            logits = _hidden_forward(inputs[rows], layers, shape.dropout, generator)
            value = loss(logits, wanted[rows], row_weights[rows])
            value.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        with torch.no_grad():
            logits = _hidden_forward(inputs[held], layers, 0.0, generator)
            now = float(loss(logits, wanted[held], row_weights[held]))
        if now < best - 1e-4:
            best, best_layers, waited = now, [t.detach().clone() for t in layers], 0
        else:
            waited += 1
            if waited > _PATIENCE:
                break
    return Network(*(t.numpy() for t in best_layers))


def _initial(features: int, hidden: int, columns: int, generator: torch.Generator) -> list[Tensor]:
    w0 = torch.randn(features, hidden, generator=generator) * (2.0 / features) ** 0.5
    w1 = torch.randn(hidden, columns, generator=generator) * (1.0 / hidden) ** 0.5
    layers = [w0, torch.zeros(hidden), w1, torch.zeros(columns)]
    return [layer.requires_grad_() for layer in layers]


def _hidden_forward(
    x: Tensor, layers: list[Tensor], dropout: float, generator: torch.Generator
) -> Tensor:
    w0, b0, w1, b1 = layers
    hidden = torch.relu(x @ w0 + b0)
    if dropout > 0.0:
        kept = torch.rand(hidden.shape, generator=generator) >= dropout
        hidden = hidden * kept / (1.0 - dropout)
    return hidden @ w1 + b1
