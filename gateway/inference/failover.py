"""Asks embedders of one encoder in turn, the next one when one is away."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from embedder.client import Attribution, Direction, Embedder, Embeddings, EncoderInfo
from embedder.errors import (
    Cancelled,
    DeadlineExceeded,
    EmbedderError,
    FingerprintMismatch,
    Overloaded,
    Unavailable,
    Unsupported,
)

_LEAST_S = 0.001
_ELSEWHERE = (
    Unavailable,
    Cancelled,
    DeadlineExceeded,
    Overloaded,
    FingerprintMismatch,
    Unsupported,
)

Result = TypeVar("Result")


class FailoverEmbedder:
    """An Embedder over others that serve the same encoder, the preferred one first.

    Each has an even share of the time that is left, the last one all of it.
    """

    def __init__(self, embedders: Sequence[Embedder]) -> None:
        self._embedders = tuple(embedders)

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
        """See `Embedder.embed`; raises the last embedder's error."""
        return self._first(
            lambda embedder, share_s: embedder.embed(
                texts,
                views,
                contexts=contexts,
                timeout_s=share_s,
                expected_fingerprint=expected_fingerprint,
                bulk=bulk,
                traceparent=traceparent,
            ),
            timeout_s,
        )

    def attribute(
        self,
        text: str,
        directions: Sequence[Direction],
        *,
        context: str = "",
        timeout_s: float | None = None,
        expected_fingerprint: str = "",
    ) -> Attribution:
        """See `Embedder.attribute`; raises the last embedder's error."""
        return self._first(
            lambda embedder, share_s: embedder.attribute(
                text,
                directions,
                context=context,
                timeout_s=share_s,
                expected_fingerprint=expected_fingerprint,
            ),
            timeout_s,
        )

    def info(self, *, timeout_s: float | None = None) -> EncoderInfo:
        """See `Embedder.info`; raises the last embedder's error."""
        return self._first(lambda embedder, share_s: embedder.info(timeout_s=share_s), timeout_s)

    def close(self) -> None:
        """Do nothing: the embedders belong to whoever made them."""

    def _first(
        self, ask: Callable[[Embedder, float | None], Result], timeout_s: float | None
    ) -> Result:
        ends = None if timeout_s is None else time.monotonic() + timeout_s
        error: EmbedderError | None = None
        for done, embedder in enumerate(self._embedders):
            share_s = None
            if ends is not None:
                left_s = max(ends - time.monotonic(), _LEAST_S)
                share_s = left_s / (len(self._embedders) - done)
            try:
                return ask(embedder, share_s)
            except _ELSEWHERE as caught:
                error = caught
        raise error or Unavailable("no embedder")
