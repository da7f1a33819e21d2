"""The answer cache: finished answers by exact content, bounded in bytes, never by similarity."""

import hashlib
import threading

from cachetools import LRUCache

from gateway.answer import CachedAnswer

_ENTRY_BYTES = 600  # keys, objects and links of one entry beside its text; measured

Key = tuple[object, ...]


def words_digest(text: str, context: str | None) -> bytes:
    """Return 128 bits that name the words which an encoder would read."""
    words = text.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(len(words).to_bytes(8, "little") + words, digest_size=16)
    if context is not None:
        digest.update(b"\x01" + context.encode("utf-8", "surrogatepass"))
    return digest.digest()


class AnswerCache:
    """A least-recently-used cache; thread-safe. Size 0 stores nothing.

    Only complete answers belong here: the scorer never offers an error or a partial one.
    """

    def __init__(self, maxsize: int) -> None:
        self._lock = threading.Lock()
        self._entries: LRUCache[Key, CachedAnswer] = LRUCache(maxsize, getsizeof=_size)

    def get(self, key: Key) -> CachedAnswer | None:
        """Return the answer and make it the youngest, or None."""
        with self._lock:
            return self._entries.get(key)

    def put(self, key: Key, answer: CachedAnswer) -> int:
        """Keep an answer and return how many older ones had to go.

        An answer larger than the whole cache is not kept.
        """
        if _size(answer) > self._entries.maxsize:
            return 0
        with self._lock:
            if key in self._entries:
                return 0
            before = len(self._entries)
            self._entries[key] = answer
            return before + 1 - len(self._entries)

    @property
    def currsize(self) -> int:
        """Bytes in use, bookkeeping included."""
        return int(self._entries.currsize)

    def __len__(self) -> int:
        return len(self._entries)


def _size(answer: CachedAnswer) -> int:
    encoders = len(answer.encoder) + sum(map(len, answer.encoders))
    return len(answer.scored) + encoders + _ENTRY_BYTES
