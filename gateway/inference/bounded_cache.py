"""A least-recently-used cache that is bounded in bytes, for any number of threads."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import LRUCache

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Keeps values within `maxsize` bytes as `size_of` counts them; thread-safe.

    Size 0 keeps nothing. A key stands for one value for ever: what is kept is never replaced.
    """

    def __init__(self, maxsize: int, size_of: Callable[[V], int]) -> None:
        self._size_of = size_of
        self._lock = threading.Lock()
        self._entries: LRUCache[K, V] = LRUCache(maxsize, getsizeof=size_of)

    def get(self, key: K) -> V | None:
        """Return the value and make it the youngest, or None."""
        with self._lock:
            return self._entries.get(key)

    def put(self, key: K, value: V) -> int:
        """Keep a value and return how many older ones it evicted.

        A value larger than the whole cache is not kept.
        """
        if self._size_of(value) > self._entries.maxsize:
            return 0
        with self._lock:
            if key in self._entries:
                return 0
            before = len(self._entries)
            self._entries[key] = value
            return before + 1 - len(self._entries)

    @property
    def currsize(self) -> int:
        """Bytes in use, bookkeeping included."""
        return int(self._entries.currsize)

    def __len__(self) -> int:
        return len(self._entries)
