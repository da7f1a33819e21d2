"""Compiled graphs by depth: the full one always, and one shallower as it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

Compiled = TypeVar("Compiled")

# Each compiled graph holds its own weights and kernels (near 100 MB for MiniLM), so their number is
# bounded; past the bound a deeper graph than needed answers, which is slower but equal.
_MAX_SHALLOW: Final = 1


class Depths(Generic[Compiled]):
    """Compiles each depth at most once, on first use. Thread-safe."""

    def __init__(self, full: int, compile_depth: Callable[[int], Compiled]) -> None:
        self._full = full
        self._compile = compile_depth
        self._lock = threading.Lock()
        self._compiled: dict[int, Compiled] = {full: compile_depth(full)}

    def at(self, depth: int) -> Compiled:
        """Return a graph that reaches `depth`. Raises whatever compiling raises."""
        compiled = self._compiled.get(depth)
        if compiled is not None:
            return compiled
        if not 0 <= depth <= self._full:
            raise ValueError(f"the encoder has layers 0..{self._full}")
        with self._lock:
            if depth not in self._compiled and len(self._compiled) <= _MAX_SHALLOW:
                self._compiled[depth] = self._compile(depth)
            return self._compiled[min(known for known in self._compiled if known >= depth)]
