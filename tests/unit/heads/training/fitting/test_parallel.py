"""Fits run side by side, and products of sparse rows, change nothing but the time taken."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import random as sparse_rows

from heads.training.fitting.fit import Shape, fit_network
from heads.training.fitting.parallel import run_all
from heads.training.fitting.products import product


def test_results_come_in_the_order_of_the_jobs() -> None:
    """However many run at once, and whichever ends first."""
    assert run_all([lambda n=n: n * n for n in range(20)], "squares") == [n * n for n in range(20)]  # type: ignore[misc]
    assert run_all([], "nothing") == []


def test_the_first_failure_is_raised() -> None:
    """A fit that fails is not a fit left out."""
    with pytest.raises(ZeroDivisionError):
        run_all([lambda: 1 / 1, lambda: 1 / 0], "division")


def test_sparse_rows_have_the_gradient_of_dense_ones() -> None:
    """The product and its gradient are those of the same matrix written out."""
    x = sparse_rows(30, 50, density=0.1, format="csr", random_state=0, dtype=np.float32)
    weights = torch.randn(50, 4, generator=torch.Generator().manual_seed(0))
    results = []
    for rows in (x, x.toarray()):
        leaf = weights.clone().requires_grad_()
        out = product(rows)(leaf)
        (out**2).sum().backward()  # type: ignore[no-untyped-call]
        assert leaf.grad is not None
        results.append((out.detach().numpy(), leaf.grad.numpy()))
    for sparse, dense in zip(*results, strict=True):
        np.testing.assert_allclose(sparse, dense, rtol=1e-4, atol=1e-5)


def test_a_fit_is_the_same_in_a_thread() -> None:
    """Sums are those of one thread on any number of cores: equal to the last bit."""
    torch.set_num_threads(1)
    draw = np.random.default_rng(0)
    x = draw.normal(size=(200, 30)).astype(np.float32)
    targets = np.eye(3, dtype=np.float32)[draw.integers(3, size=200)]

    def fit() -> bytes:
        ones = np.ones(200, np.float32)
        return fit_network(x, targets, ones, Shape(), softmax=True, seed=0).w0.tobytes()

    assert set(run_all([fit] * 4, "fits")) == {fit()}
