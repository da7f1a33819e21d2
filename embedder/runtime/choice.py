"""Choose among runtimes that could all serve by measuring them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from embedder.checkpoint.folder import Architecture
from embedder.runtime import Inputs, Runtime
from embedder.views import layer_output

# A lone text, what a busy moment brings together, and a full batch of mixed lengths.
_SHAPES: Final = ((1, 24), (8, 64), (64, 128))
_REPEATS: Final = 5


def fastest(
    runtimes: Sequence[Runtime],
    arch: Architecture,
    clock: Callable[[], float] = time.perf_counter,
) -> Runtime:
    """Return the runtime that is fastest over a few shapes, each counting alike.

    The best of several runs of each, since noise only ever adds. Rows have mixed lengths, as mails
    do: what padding costs a runtime is part of its time. Raises whatever a runtime raises.
    """
    if len(runtimes) == 1:
        return runtimes[0]
    times = np.array([[_seconds(r, arch, *shape, clock) for shape in _SHAPES] for r in runtimes])
    relative = times / times.min(axis=0)
    return runtimes[int(relative.sum(axis=1).argmin())]


def _seconds(
    runtime: Runtime, arch: Architecture, rows: int, longest: int, clock: Callable[[], float]
) -> float:
    inputs = _batch(rows, min(longest, arch.max_positions))
    outputs = [layer_output(arch.layers)]
    best = float("inf")
    for attempt in range(_REPEATS + 1):
        started = clock()
        runtime.run(arch.layers, inputs, outputs)
        if attempt:  # the first pays for kernels
            best = min(best, clock() - started)
    return best


def _batch(rows: int, longest: int) -> Inputs:
    lengths = np.linspace(longest, max(1, longest // 8), rows).astype(np.int32)
    ids = np.zeros((rows, longest), np.int32)
    return Inputs(ids, lengths, ids.copy(), lengths[:, None].copy(), alone=rows == 1)
