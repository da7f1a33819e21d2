"""The embedder over gRPC: one deadline a call, a second attempt on another replica."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Collection, Sequence

import grpc

from embedder.api import Embeddings, EncoderInfo
from embedder.client.attempts import Attempts
from embedder.client.balancer import Balancer
from embedder.client.targets import parse
from embedder.client.wire import embeddings_of, error_of, info_of
from embedder.errors import InvalidInput
from protos.embedder.v1 import embedder_pb2 as pb
from trunkline.replica_observer import Observer, Unobserved


class EmbedderClient:
    """An `Embedder` over gRPC. Thread-safe.

    Nothing is opened before the first call, and each process opens its own channels: a client made
    before a fork may be used after it. `target` is `host:port` (looked up by DNS: every address is
    a replica), a list `ipv4:10.0.0.1:50051,10.0.0.2:50051`, or any full gRPC target such as
    `unix:/run/embedder.sock`. All replicas of one target must serve the same encoder.
    """

    def __init__(
        self,
        target: str = "127.0.0.1:50051",
        *,
        default_timeout_s: float = 10.0,
        name: str = "embedder",
        observer: Observer | None = None,
    ) -> None:
        self._name = name
        self._target = parse(target)
        self._observer = observer or Unobserved()
        self._default_timeout_s = default_timeout_s
        self._lock = threading.Lock()
        self._attempts: Attempts | None = None
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
        attempts = self._attempts or self._connect()
        timeout_s = self._default_timeout_s if timeout_s is None else timeout_s
        return embeddings_of(attempts.embed(request, timeout_s), views)

    def info(self, *, timeout_s: float | None = None) -> EncoderInfo:
        """See `Embedder.info`."""
        attempts = self._attempts or self._connect()
        timeout_s = self._default_timeout_s if timeout_s is None else timeout_s
        return info_of(attempts.info(timeout_s))

    def forget(self, cache_keys: Collection[bytes] | None, *, timeout_s: float) -> None:
        """See `Forgetting.forget`; each replica has `timeout_s` of its own."""
        attempts = self._attempts or self._connect()
        attempts.balancer.ready(timeout_s)
        request = pb.ForgetRequest(cache_keys=cache_keys or (), everything=cache_keys is None)
        failure: grpc.RpcError | None = None
        for replica in attempts.balancer.replicas.all():
            try:
                replica.link.forget(request, timeout=timeout_s)
            except grpc.RpcError as error:
                failure = error
        if failure is not None:
            raise error_of(failure)

    def close(self) -> None:
        """Close this process's channels, if there are any."""
        with self._lock:
            attempts, self._attempts = self._attempts, None
        if attempts is not None:
            attempts.balancer.close()

    def _connect(self) -> Attempts:
        with self._lock:
            if self._attempts is None:
                balancer = Balancer(self._name, self._target, self._observer)
                self._attempts = Attempts(balancer, self._observer)
            return self._attempts

    def _forget_after_fork(self) -> None:
        # The parent's lock may be held and its channels have no threads here. They are kept
        # referenced for ever, because closing one in the child can hang.
        self._lock = threading.Lock()
        if self._attempts is not None:
            _orphans.append(self._attempts)
            self._attempts = None


_clients: weakref.WeakSet[EmbedderClient] = weakref.WeakSet()
_orphans: list[Attempts] = []


def _forget_connections() -> None:
    for client in list(_clients):
        client._forget_after_fork()


os.register_at_fork(after_in_child=_forget_connections)
