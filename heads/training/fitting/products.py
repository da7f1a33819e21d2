"""Multiplies features by weights inside torch, so that gradients of the weights come cheaply."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

# A dense array (n, features) or a scipy CSR matrix of hashed n-grams of the same shape.
Matrix = Any


def product(x: Matrix) -> Callable[[Tensor], Tensor]:
    """Return the function `weights -> x @ weights`  # (features, columns) -> (n, columns).

    For sparse rows torch would turn the matrix round for every gradient, which takes eight times
    as long as the product itself: here it is turned round once.
    """
    if isinstance(x, np.ndarray):
        dense = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))
        return lambda weights: dense @ weights
    rows, columns = _sparse(x), _sparse(x.T.tocsr())
    return lambda weights: _SparseProduct.apply(rows, columns, weights)  # type: ignore[no-untyped-call]


class _SparseProduct(torch.autograd.Function):
    """The product of fixed sparse rows and weights; `columns` is `rows` transposed."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, columns: Tensor, weights: Tensor) -> Tensor:
        ctx.columns = columns
        return rows @ weights

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, None, Tensor]:
        return None, None, ctx.columns @ gradients[0].contiguous()


def _sparse(x: Matrix) -> Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support", UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(x.indptr.astype(np.int64)),
            torch.from_numpy(x.indices.astype(np.int64)),
            torch.from_numpy(x.data.astype(np.float32)),
            size=x.shape,
            check_invariants=False,
        )
