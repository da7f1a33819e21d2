"""A least-recently-used cache, bounded in bytes and in age, for any number of threads."""

import threading
import time
from collections.abc import Callable
from itertools import takewhile
from math import inf
from typing import Generic, TypeVar

from cachetools import LRUCache

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Keeps values within `maxsize` bytes as `size_of` counts them; thread-safe.

    Size 0 keeps nothing. A key stands for one value for ever: what is kept is never replaced. What
    was put `max_age_s` ago goes with the next `expire`.
    """

    def __init__(
        self,
        maxsize: int,
        size_of: Callable[[V], int],
        max_age_s: float = inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._size_of = size_of
        self._max_age_s = max_age_s
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: LRUCache[K, V] = LRUCache(maxsize, getsizeof=size_of)
        self._put_at: dict[K, float] = {}  # oldest first

    def get(self, key: K) -> V | None:
        """Return the value and make it the youngest, or None."""
        with self._lock:
            return self._entries.get(key)

    def put(self, key: K, value: V) -> int:
        """Keep a value and return how many older ones it evicted.

        A value larger than the whole cache is not kept.
        """
        size, evicted = self._size_of(value), 0
        if size > self._entries.maxsize:
            return 0
        with self._lock:
            if key in self._entries:
                return 0
            while self._entries.currsize + size > self._entries.maxsize:
                oldest, _ = self._entries.popitem()
                del self._put_at[oldest]
                evicted += 1
            self._entries[key] = value
            self._put_at[key] = self._clock()
        return evicted

    def discard(self, matches: Callable[[K, V], bool]) -> int:
        """Drop the entries that match; return how many those were."""
        with self._lock:
            entries = list(self._entries.items())
        return self._drop([key for key, value in entries if matches(key, value)])

    def expire(self) -> int:
        """Drop what is too old; return how many entries those were."""
        end = self._clock() - self._max_age_s
        with self._lock:
            old = list(takewhile(lambda key: self._put_at[key] <= end, self._put_at))
        return self._drop(old)

    @property
    def currsize(self) -> int:
        """Bytes in use, bookkeeping included."""
        return int(self._entries.currsize)

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, keys: list[K]) -> int:
        dropped = 0
        with self._lock:
            for key in keys:
                if self._entries.pop(key, None) is not None:
                    del self._put_at[key]
                    dropped += 1
        return dropped
