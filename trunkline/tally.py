"""Adds counts up in memory, and brings them to their counters twice a second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from trunkline.background import Background

K = TypeVar("K", bound=Hashable)
Counts = NDArray[np.int64]

INTERVAL_S = 0.5
"""What counters lack at most: one of shared metrics is a write into a file, hundreds a request."""


class Tally(Generic[K]):
    """Sums of counts by key; `spread` adds a key's sums to its counters. Thread-safe.

    `flush` before counters are shown, and when the process ends: a thread does it meanwhile.
    """

    def __init__(
        self, spread: Callable[[K, list[int]], None], interval_s: float = INTERVAL_S
    ) -> None:
        self._spread = spread
        self._sums: dict[K, Counts] = {}
        self._adding = threading.Lock()
        self._flushing = threading.Lock()
        self._background = Background("tally", self.flush, lambda: interval_s)

    def add(self, key: K, counts: Counts) -> None:
        """Add counts, of one size for each key, to the sums; `counts` is taken over."""
        self._background.ensure()
        with self._adding:
            sums = self._sums.get(key)
            if sums is None:
                self._sums[key] = counts
            else:
                sums += counts

    def flush(self) -> None:
        """Bring all sums to their counters; return once they are there."""
        with self._flushing:
            with self._adding:
                sums, self._sums = self._sums, {}
            for key, counts in sums.items():
                self._spread(key, counts.tolist())
