"""The answer cache: finished answers by exact content, bounded in bytes, never by similarity."""

import hashlib
from math import inf

from gateway.inference.answer import CachedAnswer
from gateway.inference.bounded_cache import BoundedCache

_ENTRY_BYTES = 700  # keys, objects and links of one entry beside its text; measured
_KEY_BYTES = 41  # the object of one key, and its place
_VIEW_BYTES = 150  # the object of one vector, its names being shared

Key = tuple[object, ...]
AnswerCache = BoundedCache[Key, CachedAnswer]
"""Only complete answers belong here: the scorer never offers an error or a partial one."""


def answer_cache(maxsize: int, max_age_s: float = inf) -> AnswerCache:
    """Return an empty cache of at most `maxsize` bytes; 0 turns it off."""
    return BoundedCache(maxsize, _size, max_age_s)


def words_digest(text: str, context: str | None) -> bytes:
    """Return 128 bits that name the words which an encoder would read."""
    words = text.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(len(words).to_bytes(8, "little") + words, digest_size=16)
    if context is not None:
        digest.update(b"\x01" + context.encode("utf-8", "surrogatepass"))
    return digest.digest()


def _size(answer: CachedAnswer) -> int:
    encoders = len(answer.encoder) + sum(map(len, answer.encoders))
    vectors = sum(len(view.fp16) + _VIEW_BYTES for view in answer.vectors)
    keys = sum(len(key) + _KEY_BYTES for key in answer.cache_keys)
    return len(answer.scored) + encoders + vectors + keys + _ENTRY_BYTES
