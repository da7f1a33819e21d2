"""Names and values of the shared cache: keyed digests, and fp16 vectors under a keyed checksum."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Mapping
from typing import Final

import numpy as np

from embedder.batching.cache import CachedText
from embedder.batching.encode import parse_view
from embedder.views import POOLINGS

NAME_PREFIX: Final = b"trunkline:vectors:1:"
_NAME_BYTES: Final = 16
_CHECKSUM_BYTES: Final = 16
# truncated, tokens, tokens_total, unknown, dim, number of views
_HEAD: Final = struct.Struct("<BIIIHB")
_VIEW: Final = struct.Struct("<BH")  # index of the pooling, layer
_MAX_VIEWS: Final = 255


class Sealer:
    """Seals texts under one secret, for an encoder whose vectors have `dim` numbers.

    Without the secret nobody can tell which text an entry is of, or make one that is opened. The
    encoder's fingerprint needs no place of its own in a name: the cache key is made with it.
    """

    def __init__(self, secret: bytes, dim: int) -> None:
        self._dim = dim
        self._name_key = hmac.digest(secret, b"name", "sha256")
        self._value_key = hmac.digest(secret, b"value", "sha256")

    def name(self, cache_key: bytes) -> bytes:
        """Return the name under which the text with this key of the in-process cache is kept."""
        digest = hmac.digest(self._name_key, cache_key, "sha256")[:_NAME_BYTES]
        return NAME_PREFIX + digest.hex().encode()

    def seal(self, name: bytes, text: CachedText) -> bytes | None:
        """Return the value to keep under `name`; None where fp16 cannot hold a vector's numbers."""
        views = list(text.vectors)[:_MAX_VIEWS]
        single = np.frombuffer(b"".join(text.vectors[view] for view in views), dtype="<f4")
        with np.errstate(over="ignore"):
            half = single.astype("<f2")
        if not np.isfinite(half).all():
            return None
        counts = (text.truncated, text.tokens, text.tokens_total, text.unknown)
        body = _HEAD.pack(*counts, self._dim, len(views))
        body += b"".join(_pack_view(view) for view in views) + half.tobytes()
        return body + self._checksum(name, body)

    def open(self, name: bytes, value: bytes) -> CachedText | None:
        """Return the text that was sealed under `name`; None for anything else, however damaged.

        Its vectors differ from those sealed by the rounding to fp16, 0.05 % of a number at most.
        """
        body, checksum = value[:-_CHECKSUM_BYTES], value[-_CHECKSUM_BYTES:]
        if not hmac.compare_digest(self._checksum(name, body), checksum):
            return None
        truncated, tokens, tokens_total, unknown, dim, count = _HEAD.unpack_from(body)
        start = _HEAD.size + count * _VIEW.size
        if dim != self._dim:
            return None
        half = np.frombuffer(body, dtype="<f2", offset=start)
        single = half.astype("<f4").reshape(count, dim)
        names = [_unpack_view(body, _HEAD.size + n * _VIEW.size) for n in range(count)]
        vectors: Mapping[str, bytes] = {
            view: row.tobytes() for view, row in zip(names, single, strict=True)
        }
        return CachedText(vectors, tokens, tokens_total, bool(truncated), unknown)

    def _checksum(self, name: bytes, body: bytes) -> bytes:
        digest = hashlib.blake2b(name, digest_size=_CHECKSUM_BYTES, key=self._value_key)
        digest.update(body)
        return digest.digest()


def _pack_view(text: str) -> bytes:
    view = parse_view(text)
    return _VIEW.pack(POOLINGS.index(view.pooling), view.layer)


def _unpack_view(body: bytes, offset: int) -> str:
    pooling, layer = _VIEW.unpack_from(body, offset)
    return f"{POOLINGS[pooling]}@{layer}"
