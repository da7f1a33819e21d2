"""An `Embedder` in memory, without a model: the same vectors for a text, and knobs to fail."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embedder.api import (
    Attribution,
    CacheInfo,
    CachePath,
    Direction,
    EmbeddedItem,
    Embeddings,
    EncoderIdentity,
    EncoderInfo,
    ItemError,
)
from embedder.errors import EmbedderError, FingerprintMismatch, InvalidInput
from embedder.views import POOLINGS

FAKE_FINGERPRINT: Final = "sha256:" + "0" * 64
_MAX_TOKENS: Final = 512


def fake_vector(text: str, context: str, view: str, dim: int) -> NDArray[np.float32]:
    """Make a vector (dim,) that depends on nothing but its arguments; roughly standard normal."""
    digest = hashlib.blake2b(f"{view}\0{context}\0{text}".encode("utf-8", "replace"), digest_size=8)
    rng = np.random.default_rng(int.from_bytes(digest.digest(), "little"))
    return rng.standard_normal(dim, dtype=np.float32)


class FakeEmbedder:
    """An `Embedder` in memory: deterministic vectors, an unbounded cache, knobs to fail.

    `failing` maps a text to the error its item gets. `error`, while set, is raised by every call.
    `calls` keeps the arguments of each `embed`, `bulk_calls` counts those after all others. Tokens
    are whitespace words plus two specials.
    """

    def __init__(
        self,
        *,
        dim: int = 384,
        layers: int = 6,
        poolings: tuple[str, ...] = POOLINGS,
        fingerprint: str = FAKE_FINGERPRINT,
        failing: Mapping[str, ItemError] | None = None,
        error: EmbedderError | None = None,
    ) -> None:
        self.dim = dim
        self.layers = layers
        self.poolings = poolings
        self.identity = EncoderIdentity("fake", fingerprint, "fake", "fp32")
        self.failing = dict(failing or {})
        self.error = error
        self.calls: list[tuple[tuple[str, ...], tuple[str, ...], float | None]] = []
        self.traceparents: list[str] = []
        self.closed = False
        self.bulk_calls = 0
        self._seen: set[tuple[str, str, str]] = set()

    def embed(
        self,
        texts: Sequence[str],
        views: Sequence[str],
        *,
        contexts: Sequence[str] | None = None,
        timeout_s: float | None = None,
        expected_fingerprint: str = "",
        bulk: bool = False,
        traceparent: str = "",
    ) -> Embeddings:
        """See `Embedder.embed`."""
        self.calls.append((tuple(texts), tuple(views), timeout_s))
        self.bulk_calls += bulk
        self.traceparents.append(traceparent)
        self._refuse(texts, views, expected_fingerprint)
        pairs = zip(texts, contexts or [""] * len(texts), strict=True)
        items = tuple(self._item(text, context, views, keep=not bulk) for text, context in pairs)
        timings = {"tokenize": 0.0, "queue": 0.0, "encode": 0.0, "total": 0.0}
        return Embeddings(items, self.identity, self.dim, timings)

    def attribute(
        self,
        text: str,
        directions: Sequence[Direction],
        *,
        context: str = "",
        timeout_s: float | None = None,
        expected_fingerprint: str = "",
    ) -> Attribution:
        """See `Embedder.attribute`: each token gives as much as the others."""
        self._refuse([text], [direction.view for direction in directions], expected_fingerprint)
        views = [direction.view for direction in directions]
        item = self._item(text, context, views, keep=False)
        if item.error is not None:
            raise InvalidInput(item.error.message, code=item.error.code)
        vectors = [item.vectors[direction.view] for direction in directions]
        products = [d.vector @ v for d, v in zip(directions, vectors, strict=True)]
        pooled = np.array(products, np.float32)
        words = [match.span() for match in re.finditer(r"\S+", text)]
        spans = np.array([(0, 0), *words, *[(0, 0)] * item.tokens][: item.tokens], np.uint32)
        shares = np.repeat(pooled[:, None] / np.float32(item.tokens), item.tokens, axis=1)
        norms = np.array([np.linalg.norm(vector) for vector in vectors], np.float32)
        counts = (item.tokens, item.tokens_total, item.truncated)
        return Attribution(shares, pooled, norms, spans, *counts, self.identity)

    def info(self, *, timeout_s: float | None = None) -> EncoderInfo:
        """See `Embedder.info`."""
        if self.error is not None:
            raise self.error
        size = len(self._seen) * self.dim * 4
        return EncoderInfo(
            encoder=self.identity,
            dim=self.dim,
            layers=self.layers,
            max_tokens=_MAX_TOKENS,
            truncation="head_tail",
            max_texts=256,
            max_text_chars=200_000,
            cache=CacheInfo(1 << 30, size, 0, len(self._seen), 0, 0),
            queue_size=0,
            max_queue_size=1024,
            forwards=len(self._seen),
            version="0",
            poolings=self.poolings,
        )

    def forget(self, cache_keys: Collection[bytes] | None, *, timeout_s: float) -> None:
        """See `Forgetting.forget`."""
        if self.error is not None:
            raise self.error
        if cache_keys is None:
            self._seen.clear()
        else:
            self._seen = {seen for seen in self._seen if _key(*seen[:2]) not in cache_keys}

    def close(self) -> None:
        """See `Embedder.close`."""
        self.closed = True

    def _refuse(self, texts: Sequence[str], views: Sequence[str], expected: str) -> None:
        if self.error is not None:
            raise self.error
        if expected and expected != self.identity.fingerprint:
            raise FingerprintMismatch(f"expected {expected}, have {self.identity.fingerprint}")
        if not texts:
            raise InvalidInput("texts is empty", code="texts_empty")
        known = {f"{p}@{n}" for p in self.poolings for n in range(self.layers + 1)}
        unknown = [view for view in views if view not in known]
        if unknown or not views:
            raise InvalidInput(f"unknown view {unknown[:1]}", code="view_unknown")

    def _item(self, text: str, context: str, views: Sequence[str], *, keep: bool) -> EmbeddedItem:
        if not text.strip():
            error: ItemError | None = ItemError("text_empty", "text is empty")
        else:
            error = self.failing.get(text)
        if error is not None:
            return EmbeddedItem({}, 0, 0, False, "miss", error)
        keys = {(text, context, view) for view in views}
        path: CachePath = "hit" if keys <= self._seen else "miss"
        if keep:
            self._seen |= keys
        total = len(text.split()) + len(context.split()) + 2
        tokens = min(total, _MAX_TOKENS)
        vectors = {view: self._vector(text, context, view) for view in views}
        key = _key(text, context)
        return EmbeddedItem(vectors, tokens, total, tokens < total, path, None, cache_key=key)

    def _vector(self, text: str, context: str, view: str) -> NDArray[np.float32]:
        vector = fake_vector(text, context, view, self.dim)
        vector.flags.writeable = False
        return vector


def _key(text: str, context: str) -> bytes:
    return hashlib.blake2b(f"{text}\0{context}".encode(), digest_size=16).digest()
