"""The `Embedder` Protocol and the values it returns: all that callers depend on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

CachePath = Literal["hit", "coalesced", "miss"]
FIRST_POOLINGS: Final = ("mean", "cls")
"""The poolings of release 0.1, whose embedders do not list what they have."""


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """The name of an encoder. Two with one fingerprint give the same vectors within a tolerance."""

    model_id: str
    fingerprint: str
    runtime: str
    precision: str


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why one text of a request failed; the others are unharmed."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class EmbeddedItem:
    """One text's answer.

    `vectors` maps each asked view to a read-only float32 array of shape (dim,), raw pooled and not
    normalised; it is empty when `error` is set. `tokens` is what the encoder saw, `tokens_total`
    what the input had, specials included in both; `unknown` counts those of `tokens` for which the
    encoder's vocabulary has no piece. `cache_key` names the text in the embedder's cache; empty
    where the embedder has none to name it by.
    """

    vectors: Mapping[str, NDArray[np.float32]]
    tokens: int
    tokens_total: int
    truncated: bool
    cache: CachePath
    error: ItemError | None
    unknown: int = 0
    cache_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """The answer to one request: `items` in the order of the texts.

    `timings_ms` has the keys tokenize, queue, encode and total, as the server measured them.
    """

    items: tuple[EmbeddedItem, ...]
    encoder: EncoderIdentity
    dim: int
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """A view, and a vector (dim,) float32 to multiply it with."""

    view: str
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """What each token of one text gives to the products of directions and pooled vectors.

    `shares` (directions, tokens) sum to `pooled` (directions,): the product of a direction and its
    view's vector as the encoder pools it, whose length is in `norms` (directions,). All float32.
    `spans` (tokens, 2) are characters of the text, first and past the last; empty ones belong to
    tokens that are no words of it. `tokens` is what the encoder saw, `tokens_total` what there was.
    """

    shares: NDArray[np.float32]
    pooled: NDArray[np.float32]
    norms: NDArray[np.float32]
    spans: NDArray[np.uint32]
    tokens: int
    tokens_total: int
    truncated: bool
    encoder: EncoderIdentity


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """The cache's figures; `maxsize` and `currsize` are bytes."""

    maxsize: int
    currsize: int
    hits: int
    misses: int
    coalesced: int
    evictions: int


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """Which encoder serves, its limits and its figures since start.

    Views may name layers 0 to `layers`, and pool by one of `poolings`.
    """

    encoder: EncoderIdentity
    dim: int
    layers: int
    max_tokens: int
    truncation: str
    max_texts: int
    max_text_chars: int
    cache: CacheInfo
    queue_size: int
    max_queue_size: int
    forwards: int
    version: str
    poolings: tuple[str, ...] = FIRST_POOLINGS


@runtime_checkable
class Forgetting(Protocol):
    """An embedder with a cache that can be told to forget texts."""

    def forget(self, cache_keys: Collection[bytes] | None, *, timeout_s: float) -> None:
        """Drop these texts, all for None, from every replica's cache.

        Raises an `EmbedderError` where one of them did not answer; the others have forgotten then.
        """
        ...


class Embedder(Protocol):
    """Texts in, pooled vectors out. Thread-safe."""

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
        """Embed each text once, with an optional second segment each, and return `views` of it.

        `bulk`: others go first; such texts are encoded while nobody else waits, and not cached.
        `traceparent` is the W3C trace context under which the work is recorded, "" for none.
        Raises an `EmbedderError` when the whole request fails; a text that fails alone has
        its item's `error` set.
        """
        ...

    def attribute(
        self,
        text: str,
        directions: Sequence[Direction],
        *,
        context: str = "",
        timeout_s: float | None = None,
        expected_fingerprint: str = "",
    ) -> Attribution:
        """Divide each direction's product with the text's pooled vector among the text's tokens.

        Runs after whatever else waits, as `bulk` texts do. Raises an `EmbedderError`: `Unsupported`
        for an embedder of an earlier release, `InvalidInput` for a text that cannot be encoded.
        """
        ...

    def info(self, *, timeout_s: float | None = None) -> EncoderInfo:
        """Return which encoder serves, its limits and figures. Raises an `EmbedderError`."""
        ...

    def close(self) -> None:
        """Close connections; the object must not be used afterwards."""
        ...
