"""Translates the embedder's messages and statuses into its values and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import grpc
import numpy as np
from numpy.typing import NDArray

from embedder.api import (
    FIRST_POOLINGS,
    CacheInfo,
    CachePath,
    EmbeddedItem,
    Embeddings,
    EncoderIdentity,
    EncoderInfo,
    ItemError,
)
from embedder.client.connection import MAX_MESSAGE_BYTES
from embedder.errors import (
    Cancelled,
    DeadlineExceeded,
    EmbedderError,
    FingerprintMismatch,
    Internal,
    InvalidInput,
    Overloaded,
    Unavailable,
)
from protos.embedder.v1 import embedder_pb2 as pb

CODE_KEY: Final = "trunkline-code"  # trailing metadata: the error's stable code
PUSHBACK_KEY: Final = "grpc-retry-pushback-ms"
_PUSHBACK_DIGITS: Final = 8  # more than a day is garbage

_PATHS: Final[Mapping[int, CachePath]] = {1: "hit", 2: "coalesced", 3: "miss"}
_ERRORS: Final[Mapping[grpc.StatusCode, type[EmbedderError]]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidInput,
    grpc.StatusCode.FAILED_PRECONDITION: FingerprintMismatch,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Overloaded,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.CANCELLED: Cancelled,
}


def embeddings_of(response: pb.EmbedResponse, views: Sequence[str]) -> Embeddings:
    """Read an answer; the vectors are views of the message's own bytes, in the order of `views`."""
    dim = response.dim
    timings = response.timings
    return Embeddings(
        items=tuple([_item(item, views, dim) for item in response.items]),
        encoder=_identity(response.encoder),
        dim=dim,
        timings_ms={
            "tokenize": timings.tokenize_ms,
            "queue": timings.queue_ms,
            "encode": timings.encode_ms,
            "total": timings.total_ms,
        },
    )


def _item(item: pb.Item, views: Sequence[str], dim: int) -> EmbeddedItem:
    vectors: dict[str, NDArray[np.float32]] = {}
    error = None
    if item.HasField("error"):
        error = ItemError(item.error.code, item.error.message)
    else:
        # A view of the message's own bytes: no copy, and read-only because bytes are.
        matrix = np.frombuffer(item.vectors, dtype="<f4").reshape(len(views), dim)
        vectors = dict(zip(views, matrix, strict=True))
    path = _PATHS.get(item.cache, "miss")
    counts = (item.tokens, item.tokens_total, item.truncated)
    return EmbeddedItem(vectors, *counts, path, error, item.unknown, item.cache_key)


def _identity(encoder: pb.EncoderIdentity) -> EncoderIdentity:
    return EncoderIdentity(
        encoder.model_id, encoder.fingerprint, encoder.runtime, encoder.precision
    )


def info_of(response: pb.InfoResponse) -> EncoderInfo:
    """Read who serves."""
    cache = response.cache
    return EncoderInfo(
        encoder=_identity(response.encoder),
        dim=response.dim,
        layers=response.layers,
        max_tokens=response.max_tokens,
        truncation=response.truncation,
        max_texts=response.max_texts,
        max_text_chars=response.max_text_chars,
        cache=CacheInfo(
            maxsize=cache.maxsize,
            currsize=cache.currsize,
            hits=cache.hits,
            misses=cache.misses,
            coalesced=cache.coalesced,
            evictions=cache.evictions,
        ),
        queue_size=response.queue_size,
        max_queue_size=response.max_queue_size,
        forwards=response.forwards,
        version=response.version,
        poolings=tuple(response.poolings) or FIRST_POOLINGS,
    )


def error_of(error: grpc.RpcError) -> EmbedderError:
    """Return a failed call's error, with its stable code and the wait that the server asks for."""
    metadata: Any = error.trailing_metadata() or ()
    trailing = {key: str(value) for key, value in metadata}
    details = error.details() or ""
    if CODE_KEY not in trailing and "message larger than max" in details:
        # gRPC calls this RESOURCE_EXHAUSTED, as if it could be better another time.
        return InvalidInput(f"more than {MAX_MESSAGE_BYTES} bytes", code="message_too_large")
    pushback_ms = _milliseconds(trailing.get(PUSHBACK_KEY, ""))
    return _ERRORS.get(error.code(), Internal)(
        details,
        code=trailing.get(CODE_KEY),
        retry_after_s=None if pushback_ms is None else pushback_ms / 1000,
    )


def _milliseconds(pushback: str) -> int | None:
    """Read a pushback; a negative one says never, and garbage, as of a proxy, says nothing."""
    digits = pushback.strip()
    return int(digits) if digits.isdecimal() and len(digits) < _PUSHBACK_DIGITS else None
