"""Among runtimes that could serve, the measured one is taken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import find_model
from embedder.runtime import Inputs
from embedder.runtime.choice import fastest


class Clock:
    """A clock that runtimes move on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class TimedRuntime:
    """A runtime that takes so many seconds, and so many more for each token that it computes."""

    precision = "fp32"

    def __init__(self, name: str, clock: Clock, a: float, b: float, *, padded: bool) -> None:
        self.name = name
        self._clock, self._a, self._b, self._padded = clock, a, b, padded

    def run(self, depth: int, inputs: Inputs, outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `Runtime.run`."""
        tokens = inputs.ids.size if self._padded else int(inputs.lengths.sum())
        self._clock.now += self._a + self._b * tokens
        return []


def test_the_faster_one_over_lone_texts_and_full_batches_is_taken() -> None:
    """Padding counts, and so does what a forward costs at all; each shape counts alike."""
    arch, clock = find_model().architecture, Clock()
    padded = TimedRuntime("padded", clock, 1.0, 0.01, padded=True)
    packed = TimedRuntime("packed", clock, 1.0, 0.01, padded=False)
    slow_to_start = TimedRuntime("slow", clock, 50.0, 0.001, padded=False)
    assert fastest([padded, packed], arch, clock) is packed
    assert fastest([slow_to_start, packed], arch, clock) is packed


def test_a_single_candidate_is_not_measured() -> None:
    """A start on a processor does no work for a choice that it does not have."""
    clock = Clock()
    only = TimedRuntime("only", clock, 1.0, 1.0, padded=True)
    assert fastest([only], find_model().architecture, clock) is only
    assert clock.now == 0
