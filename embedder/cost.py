"""Models the cost of a forward, and cuts waiting texts into batches that cost the least."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

# Shapes (n, length) timed at start: few, cheap, and apart enough to tell the three terms.
_SHAPES: Final = ((1, 8), (1, 32), (1, 128), (4, 32), (8, 64), (2, 256))

# Sizes a batch may have. With the grid of lengths they bound how many shapes a runtime ever meets
# (about a megabyte of kernels each in oneDNN); the extra forward this may cost is one `a`.
BATCH_SIZES: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)


def padded_length(length: int) -> int:
    """Return the length a batch of this longest row is padded to: a grid of step 4, 8, then 16.

    A runtime compiles and keeps kernels for every shape it meets. On the grid those are few, so
    memory stays flat, and kernels like such lengths: 64 tokens cost what 60 do.
    """
    step = 4 if length <= 32 else 8 if length <= 128 else 16
    return -(-length // step) * step


@dataclass(frozen=True, slots=True)
class CostModel:
    """Milliseconds of one forward of `n` texts of `length` tokens: a + n (b p + c p^2).

    p is the padded length, `a` the price of a forward at all, `b` of a token, `c` of attention.
    The defaults are in token units: a forward costs as much as 120 tokens.
    """

    a: float = 120.0
    b: float = 1.0
    c: float = 0.0

    def cost(self, n: int, length: int) -> float:
        """Return the estimated duration of one forward."""
        padded = padded_length(length)
        return self.a + n * padded * (self.b + self.c * padded)

    def partition(
        self, lengths: Sequence[int], max_batch_tokens: int, max_batch_size: int = 64
    ) -> list[list[int]]:
        """Cut sequences into batches of least total cost.

        Returns batches of indices into `lengths`, each batch and the batches themselves in order
        of length (ties by index). Every index is in exactly one batch, and every batch keeps
        `longest * n <= max_batch_tokens`, `n <= max_batch_size` and n in `BATCH_SIZES`. The result
        is optimal among all such cuts of the sorted sequence (dynamic programming over the last
        cut); of equal ones it is that with the smallest last batch, so that of texts of one length
        the first to come fill the full batches.

        Raises ValueError if one sequence alone is over the budget: that is refused at the door.
        """
        order = sorted(range(len(lengths)), key=lengths.__getitem__)
        if order and lengths[order[-1]] > max_batch_tokens:
            raise ValueError("one sequence is longer than max_batch_tokens")
        best = [0.0]  # best[i]: least cost of the i shortest sequences
        start_of: list[int] = []  # where the last batch of that best cut starts
        for end in range(1, len(order) + 1):
            longest = lengths[order[end - 1]]
            largest = min(end, max_batch_size, max_batch_tokens // max(longest, 1))
            padded = padded_length(longest)
            slope = self.b + self.c * padded
            total, size = float("inf"), 1
            for n in BATCH_SIZES:  # written out: this is most of what a cut costs
                if n > largest:
                    break
                if (cost := best[end - n] + (self.a + n * padded * slope)) < total:
                    total, size = cost, n
            best.append(total)
            start_of.append(end - size)
        batches: list[list[int]] = []
        end = len(order)
        while end:
            start = start_of[end - 1]
            batches.append(order[start:end])
            end = start
        return batches[::-1]


def measure_cost(
    forward_ms: Callable[[int, int], float], max_tokens: int, repeats: int = 3
) -> CostModel:
    """Fit the model to a few timed forwards; `forward_ms(n, length)` runs one and returns its time.

    Takes the fastest of `repeats`, since noise only ever adds. Weighted so that relative errors
    count alike; terms never negative.
    """
    shapes = [(n, min(length, max_tokens)) for n, length in _SHAPES]
    for shape in shapes:
        forward_ms(*shape)  # the first of a shape pays for its kernels
    times = np.array([min(forward_ms(*shape) for _ in range(repeats)) for shape in shapes])
    terms = np.array([[1.0, n * length, n * length**2] for n, length in shapes])
    return _fit(terms / times[:, None])


def _fit(scaled: np.ndarray) -> CostModel:
    """Solve `scaled @ x = 1` by least squares with x >= 0, over the few subsets of three terms."""
    ones = np.ones(len(scaled))
    least, fitted = np.inf, np.zeros(3)
    for keep in ([0, 1, 2], [0, 1], [1, 2], [1]):
        x = np.zeros(3)
        x[keep] = np.linalg.lstsq(scaled[:, keep], ones, rcond=None)[0]
        error = float(np.square(scaled @ x - 1).sum())
        if (x >= 0).all() and error < least:
            least, fitted = error, x
    a, b, c = (float(value) for value in fitted)
    return CostModel(a, b, c)
