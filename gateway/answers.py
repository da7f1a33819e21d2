"""The answer cache: finished verdicts by exact content, bounded in bytes, never by similarity."""

import hashlib
import threading
from dataclasses import dataclass

from cachetools import LRUCache

from gateway.combine import Decision
from gateway.plan import Asked

_ENTRY_BYTES = 600  # keys, objects and links of one entry beside its text; measured

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """What is the same for every email with the same words: decision, scores, token counts."""

    decision: Decision
    scored: bytes  # JSON members `"decision": ..., "heads": ...`
    encoder: bytes  # JSON members of `encoder`, its cache path left out


@dataclass(frozen=True, slots=True)
class AnswerCacheInfo:
    """Figures since start; sizes in bytes."""

    maxsize: int
    currsize: int
    entries: int
    hits: int
    misses: int
    evictions: int


def answer_key(
    text: str,
    context: str | None,
    *,
    generation: int,
    fingerprint: str,
    asked: Asked,
    forced: bool,
) -> Key:
    """Return the identity of an answer: a 128-bit digest of the words and all that scores them."""
    words = text.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(len(words).to_bytes(8, "little") + words, digest_size=16)
    if context is not None:
        digest.update(b"\x01" + context.encode("utf-8", "surrogatepass"))
    return (digest.digest(), generation, fingerprint, asked, forced)


class AnswerCache:
    """A least-recently-used cache; thread-safe. Size 0 stores nothing.

    Only complete answers belong here: the pipeline never offers an error or a partial one.
    """

    def __init__(self, maxsize: int) -> None:
        self._lock = threading.Lock()
        self._entries: LRUCache[Key, CachedAnswer] = LRUCache(maxsize, getsizeof=_size)
        self._hits = 0
        self._misses = 0
        self._puts = 0

    def get(self, key: Key) -> CachedAnswer | None:
        """Return the answer and make it the youngest, or None."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                self._misses += 1
            else:
                self._hits += 1
            return found

    def put(self, key: Key, answer: CachedAnswer) -> None:
        """Keep an answer, evicting the oldest; one larger than the whole cache is not kept."""
        with self._lock:
            if key not in self._entries and _size(answer) <= self._entries.maxsize:
                self._entries[key] = answer
                self._puts += 1

    def info(self) -> AnswerCacheInfo:
        """Return the figures, all of one instant."""
        with self._lock:
            entries = len(self._entries)
            return AnswerCacheInfo(
                int(self._entries.maxsize),
                int(self._entries.currsize),
                entries,
                self._hits,
                self._misses,
                self._puts - entries,
            )


def _size(answer: CachedAnswer) -> int:
    return len(answer.scored) + len(answer.encoder) + _ENTRY_BYTES
