"""An `Embedder` in this process: the serving encoder's own code path without a server."""

from collections.abc import Sequence

import numpy as np

from embedder.client import (
    Attribution,
    CacheInfo,
    Direction,
    EmbeddedItem,
    Embeddings,
    EncoderInfo,
)
from embedder.encoder import EncoderConfig, LoadedEncoder, embed_texts, load_encoder
from embedder.errors import FingerprintMismatch
from embedder.views import POOLINGS, View

_UNBOUNDED = 1_000_000


class InProcessEmbedder:
    """Satisfies `embedder.client.Embedder`; every text is a miss, nothing is cached."""

    def __init__(self, loaded: LoadedEncoder | None = None) -> None:
        """Load the default encoder, unless one is `loaded`."""
        self._loaded = loaded or load_encoder(EncoderConfig())

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
        """Embed each text once; ignore the deadline: there is no queue to wait in."""
        encoder = self._loaded.encoder
        self._refuse_another(expected_fingerprint)
        seconds = list(contexts or [""] * len(texts))
        pooled = embed_texts(self._loaded, texts, [View.parse(v) for v in views], contexts=seconds)
        tokens = self._loaded.tokenizer.tokenize_batch(list(zip(texts, seconds, strict=True)))
        items = tuple(
            EmbeddedItem(
                vectors=dict(zip(views, row, strict=True)),
                tokens=seen.tokens,
                tokens_total=seen.tokens_total,
                truncated=seen.truncated,
                cache="miss",
                error=None,
                unknown=seen.unknown,
            )
            for row, seen in zip(pooled.astype(np.float32), tokens, strict=True)
        )
        timings = dict.fromkeys(("tokenize", "queue", "encode", "total"), 0.0)
        return Embeddings(items, encoder.identity, encoder.dim, timings)

    def attribute(
        self,
        text: str,
        directions: Sequence[Direction],
        *,
        context: str = "",
        timeout_s: float | None = None,
        expected_fingerprint: str = "",
    ) -> Attribution:
        """See `Embedder.attribute`; ignore the deadline."""
        self._refuse_another(expected_fingerprint)
        tokens, spans = self._loaded.tokenizer.trace(text, context)
        shares = self._loaded.encoder.attribute(tokens, directions)
        return Attribution(
            shares.shares,
            shares.pooled,
            shares.norms,
            spans.astype(np.uint32),
            tokens.tokens,
            tokens.tokens_total,
            tokens.truncated,
            self._loaded.encoder.identity,
        )

    def info(self, *, timeout_s: float | None = None) -> EncoderInfo:
        """Describe the encoder; the bounds of a queue that does not exist are large."""
        encoder = self._loaded.encoder
        return EncoderInfo(
            encoder=encoder.identity,
            dim=encoder.dim,
            layers=encoder.layers,
            max_tokens=encoder.max_tokens,
            truncation=self._loaded.tokenizer.truncation,
            max_texts=_UNBOUNDED,
            max_text_chars=_UNBOUNDED,
            cache=CacheInfo(0, 0, 0, 0, 0, 0),
            queue_size=0,
            max_queue_size=_UNBOUNDED,
            forwards=0,
            version="in-process",
            poolings=POOLINGS,
        )

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def _refuse_another(self, fingerprint: str) -> None:
        identity = self._loaded.encoder.identity
        if fingerprint not in ("", identity.fingerprint):
            raise FingerprintMismatch(f"this encoder is {identity.fingerprint}")
