"""The embedding cache: exact, bounded in bytes, least recently used first out."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from math import inf
from typing import Final

from embedder.api import CacheInfo

# What an entry costs beside its vectors: key, entry, three dicts' slots, bytes headers. Measured
# with tracemalloc over 10,000 entries of one view; each further view adds a slot and a header.
ENTRY_OVERHEAD_BYTES: Final = 680
VIEW_OVERHEAD_BYTES: Final = 90


@dataclass(frozen=True, slots=True)
class CachedText:
    """The cached embedding of one text, in some views.

    `vectors` maps a view to its little-endian float32 bytes (dim * 4); the mapping is never changed
    once it is in here.
    """

    vectors: Mapping[str, bytes]
    tokens: int
    tokens_total: int
    truncated: bool
    unknown: int = 0

    def with_views(self, vectors: Mapping[str, bytes]) -> CachedText:
        """Return the same text with these vectors."""
        return replace(self, vectors=vectors)

    @property
    def size(self) -> int:
        """Bytes that this entry counts for."""
        views = sum(len(vector) + VIEW_OVERHEAD_BYTES for vector in self.vectors.values())
        return ENTRY_OVERHEAD_BYTES + views


class EmbeddingCache:
    """A map from key to `CachedText` of at most `maxsize` bytes. For one thread.

    What was first stored `max_age_s` ago goes with the next `expire`.

    A look-up for a view that an entry does not hold is a miss, and storing the missing views merges
    them into the entry. Failures are never stored: there is nothing here to hold them.
    """

    def __init__(
        self,
        maxsize: int,
        max_age_s: float = inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.maxsize = maxsize
        self._max_age_s = max_age_s
        self._clock = clock
        self._stored_at: dict[bytes, float] = {}  # oldest first: a merge leaves its place
        self.currsize = 0
        self.hits = 0
        self.misses = 0
        self.coalesced = 0
        self.evictions = 0
        self._entries: OrderedDict[bytes, CachedText] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def lookup(self, key: bytes) -> CachedText | None:
        """Return what is held of this text and refresh its age. Does not count hits or misses."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def store(self, key: bytes, text: CachedText) -> None:
        """Hold `text`, merged with the views already held; evict the oldest beyond `maxsize`."""
        older = self._entries.pop(key, None)
        if older is not None:
            self.currsize -= older.size
            text = text.with_views({**older.vectors, **text.vectors})
        size = text.size
        if size > self.maxsize:
            self.evictions += older is not None
            self._stored_at.pop(key, None)
            return
        self._entries[key] = text
        self._stored_at.setdefault(key, self._clock())
        self.currsize += size
        while self.currsize > self.maxsize:
            oldest, evicted = self._entries.popitem(last=False)
            del self._stored_at[oldest]
            self.currsize -= evicted.size
            self.evictions += 1

    def discard(self, keys: Iterable[bytes]) -> int:
        """Drop the entries of these keys; return how many there were."""
        dropped = 0
        for key in keys:
            entry = self._entries.pop(key, None)
            if entry is not None:
                del self._stored_at[key]
                self.currsize -= entry.size
                dropped += 1
        return dropped

    def clear(self) -> int:
        """Drop everything; return how many entries there were."""
        dropped = len(self._entries)
        self._entries.clear()
        self._stored_at.clear()
        self.currsize = 0
        return dropped

    def expire(self) -> int:
        """Drop what is too old; return how many entries that were."""
        end = self._clock() - self._max_age_s
        old = list(takewhile(lambda key: self._stored_at[key] <= end, self._stored_at))
        return self.discard(old)

    def info(self) -> CacheInfo:
        """Return the figures so far."""
        return CacheInfo(
            self.maxsize, self.currsize, self.hits, self.misses, self.coalesced, self.evictions
        )


def holds(entry: CachedText | None, views: Collection[str]) -> bool:
    """Whether `entry` has all of `views`."""
    return entry is not None and all(view in entry.vectors for view in views)


def cache_key(fingerprint: str, canonical: bytes) -> bytes:
    """Name a text for one encoder: a 128-bit BLAKE2b digest keyed by the encoder's fingerprint.

    `canonical` is the text as the tokenizer will see it, so that inputs which cannot differ in
    their embedding share an entry.
    """
    # `key` takes at most 64 bytes: the hex of a sha256 without its prefix.
    key = fingerprint.removeprefix("sha256:").encode()[:64]
    return hashlib.blake2b(canonical, digest_size=16, key=key).digest()
