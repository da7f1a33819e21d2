"""Compute all heads of embeddings as one product of matrices; needs numpy alone.

Runs in a peer's own environment, beside the file that serves: `from product import Product`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Product:
    """Linear heads over a normalised embedding, as `heads.write_product` wrote them."""

    def __init__(self, path: str | Path) -> None:
        with np.load(path) as arrays:
            self._weights: Floats = arrays["weights"]  # (dim, all labels)
            self._bias: Floats = arrays["bias"]
            self._starts: NDArray[np.int64] = arrays["starts"]  # first label of each head
            self._heads = [str(head) for head in arrays["heads"]]
            labels = [str(label) for label in arrays["labels"]]
        ends = [*self._starts[1:].tolist(), len(labels)]
        self._spans = list(zip(self._starts.tolist(), ends, strict=True))
        self._labels = [labels[start:end] for start, end in self._spans]
        self._sizes = np.diff([*self._starts, len(labels)])

    def __call__(self, vectors: Floats) -> list[dict[str, dict[str, float]]]:
        """Return each row's scores by head and label; vectors are (rows, dim)."""
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        logits = (vectors / np.maximum(norms, 1e-12)) @ self._weights + self._bias
        logits -= np.repeat(np.maximum.reduceat(logits, self._starts, axis=1), self._sizes, axis=1)
        scores = np.exp(logits)
        scores /= np.repeat(np.add.reduceat(scores, self._starts, axis=1), self._sizes, axis=1)
        return [self._named(row) for row in np.round(scores, 4).tolist()]

    def _named(self, row: list[float]) -> dict[str, dict[str, float]]:
        return {
            head: dict(zip(labels, row[start:end], strict=True))
            for head, labels, (start, end) in zip(
                self._heads, self._labels, self._spans, strict=True
            )
        }
