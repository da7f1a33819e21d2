"""The gRPC client of the embedder: deadlines, retries, balancing, one channel a process."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Any, Final

import grpc
import numpy as np
from numpy.typing import NDArray

from embedder.api import (
    CacheInfo,
    CachePath,
    EmbeddedItem,
    Embedder,
    Embeddings,
    EncoderIdentity,
    EncoderInfo,
    ItemError,
)
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
from protos.embedder.v1 import embedder_pb2_grpc

__all__ = [
    "CODE_KEY",
    "PUSHBACK_KEY",
    "CacheInfo",
    "CachePath",
    "EmbeddedItem",
    "Embedder",
    "EmbedderClient",
    "Embeddings",
    "EncoderIdentity",
    "EncoderInfo",
    "ItemError",
]

SERVICE_NAME: Final = "embedder.v1.EmbedderService"
CODE_KEY: Final = "trunkline-code"  # trailing metadata: the error's stable code
PUSHBACK_KEY: Final = "grpc-retry-pushback-ms"
MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024

_PATHS: Final[Mapping[int, CachePath]] = {1: "hit", 2: "coalesced", 3: "miss"}
_ERRORS: Final[Mapping[grpc.StatusCode, type[EmbedderError]]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidInput,
    grpc.StatusCode.FAILED_PRECONDITION: FingerprintMismatch,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Overloaded,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.CANCELLED: Cancelled,
}


class EmbedderClient:
    """An `Embedder` over gRPC. Thread-safe.

    Nothing is opened before the first call, and each process opens its own channel: a client made
    before a fork may be used after it. `target` is `host:port` (resolved by DNS and balanced over
    all addresses) or any full gRPC target such as `unix:/run/embedder.sock`.
    """

    def __init__(self, target: str = "127.0.0.1:50051", *, default_timeout_s: float = 10.0) -> None:
        self._target = resolvable(target)
        self._default_timeout_s = default_timeout_s
        self._lock = threading.Lock()
        self._connection: _Connection | None = None
        _clients.add(self)

    def embed(
        self,
        texts: Sequence[str],
        views: Sequence[str],
        *,
        contexts: Sequence[str] | None = None,
        timeout_s: float | None = None,
        expected_fingerprint: str = "",
    ) -> Embeddings:
        """See `Embedder.embed`. `timeout_s` covers all attempts; None takes the default."""
        try:
            request = pb.EmbedRequest(
                texts=texts,
                contexts=contexts,
                views=views,
                expected_fingerprint=expected_fingerprint,
            )
        except UnicodeError:  # lone surrogates have no UTF-8
            raise InvalidInput("a text is not valid Unicode", code="text_not_unicode") from None
        connection = self._connection or self._connect()
        timeout_s = self._default_timeout_s if timeout_s is None else timeout_s
        try:
            response = connection.stub.Embed(request, timeout=timeout_s)
        except grpc.RpcError as error:
            raise _translated(error) from None
        return _embeddings(response, views)

    def info(self, *, timeout_s: float | None = None) -> EncoderInfo:
        """See `Embedder.info`."""
        connection = self._connection or self._connect()
        timeout_s = self._default_timeout_s if timeout_s is None else timeout_s
        try:
            response = connection.stub.Info(pb.InfoRequest(), timeout=timeout_s)
        except grpc.RpcError as error:
            raise _translated(error) from None
        return _info(response)

    def close(self) -> None:
        """Close this process's channel, if there is one."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.channel.close()

    def _connect(self) -> _Connection:
        with self._lock:
            if self._connection is None:
                self._connection = _Connection(self._target)
            return self._connection

    def _forget_after_fork(self) -> None:
        # The parent's lock may be held and its channel has no threads here. The channel is kept
        # referenced for ever, because closing it in the child can hang.
        self._lock = threading.Lock()
        if self._connection is not None:
            _orphans.append(self._connection)
            self._connection = None


class _Connection:
    def __init__(self, target: str) -> None:
        self.channel = grpc.insecure_channel(target, options=channel_options())
        self.stub = embedder_pb2_grpc.EmbedderServiceStub(self.channel)


_clients: weakref.WeakSet[EmbedderClient] = weakref.WeakSet()
_orphans: list[_Connection] = []


def _forget_connections() -> None:
    for client in list(_clients):
        client._forget_after_fork()


os.register_at_fork(after_in_child=_forget_connections)


def resolvable(target: str) -> str:
    """Return `host:port` as a DNS target, so that gRPC sees all addresses; else `target` itself."""
    schemes = ("dns:", "unix:", "unix-abstract:", "ipv4:", "ipv6:", "vsock:", "xds:")
    return target if target.startswith(schemes) else f"dns:///{target}"


def channel_options() -> list[tuple[str, Any]]:
    """Return the options of a channel to the embedder; the keepalive is what the server allows."""
    return [
        ("grpc.service_config", json.dumps(_service_config())),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        # A replaced task must be found within seconds, not after two minutes of back-off.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 500),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        ("grpc.dns_min_time_between_resolutions_ms", 2_000),
    ]


def _service_config() -> dict[str, Any]:
    # gRFC A6. RESOURCE_EXHAUSTED is not retried here: the caller decides, knowing `retry_after_s`.
    return {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": SERVICE_NAME},
        "methodConfig": [
            {
                "name": [{"service": SERVICE_NAME}],
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
        "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
    }


def _embeddings(response: pb.EmbedResponse, views: Sequence[str]) -> Embeddings:
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
    return EmbeddedItem(vectors, *counts, path, error, item.unknown)


def _identity(encoder: pb.EncoderIdentity) -> EncoderIdentity:
    return EncoderIdentity(
        encoder.model_id, encoder.fingerprint, encoder.runtime, encoder.precision
    )


def _info(response: pb.InfoResponse) -> EncoderInfo:
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
    )


def _translated(error: grpc.RpcError) -> EmbedderError:
    metadata: Any = error.trailing_metadata() or ()
    trailing = {key: str(value) for key, value in metadata}
    details = error.details() or ""
    if CODE_KEY not in trailing and "message larger than max" in details:
        # gRPC calls this RESOURCE_EXHAUSTED, as if it could be better another time.
        return InvalidInput(f"more than {MAX_MESSAGE_BYTES} bytes", code="message_too_large")
    pushback_ms = int(trailing.get(PUSHBACK_KEY, -1))
    return _ERRORS.get(error.code(), Internal)(
        details,
        code=trailing.get(CODE_KEY),
        retry_after_s=pushback_ms / 1000 if pushback_ms >= 0 else None,
    )
