"""An encoder without a model, with knobs to slow it down and to break it, and its tokenizer."""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embedder.api import Direction, EncoderIdentity
from embedder.attribution import Shares
from embedder.encoder import Batch
from embedder.errors import EncoderLost
from embedder.testing.embedder import FAKE_FINGERPRINT
from embedder.tokenizer import Tokens
from embedder.views import View

POISON = 7  # the token of the word "poison": a batch that holds it fails
CLS, SEP = 1, 2
_FIRST_WORD = 10


class FakeTokenizer:
    """Words to the crc32 of them. The word "untokenizable" makes it raise."""

    def __init__(self, max_tokens: int = 512) -> None:
        self._max_tokens = max_tokens

    def tokenize_batch(self, pairs: Sequence[tuple[str, str]]) -> list[Tokens]:
        """Tokenize (text, context) pairs, in order."""
        return [self._tokenize(text, context) for text, context in pairs]

    def trace(self, text: str, context: str = "") -> tuple[Tokens, NDArray[np.int32]]:
        """Tokenize one input, and find its words in it."""
        tokens = self._tokenize(text, context)
        words = [match.span() for match in re.finditer(r"\S+", text)]
        spans = [(0, 0), *words, *[(0, 0)] * tokens.tokens][: tokens.tokens]
        return tokens, np.array(spans, np.int32)

    def canonical(self, text: str, context: str = "") -> bytes:
        """Fold case and white space, as the tokenizer does."""
        return "\0".join(" ".join(part.lower().split()) for part in (text, context)).encode()

    def _tokenize(self, text: str, context: str) -> Tokens:
        words = text.lower().split()
        if "untokenizable" in words:
            raise ValueError("untokenizable")
        ids = [CLS, *map(_token, words), SEP]
        if context:
            ids += [*map(_token, context.lower().split()), SEP]
        seen = np.array(ids[: self._max_tokens], dtype=np.int32)
        cut = len(seen) < len(ids)
        text_length = min(len(words) + 2, len(seen))
        return Tokens((seen,), (np.zeros_like(seen),), (text_length,), len(seen), len(ids), cut)


class FakeEncoder:
    """An `Encoder` whose vectors depend on the tokens and the view only.

    While `gate` is cleared, forwards wait at its door; `entered` counts those that came there and
    is a semaphore to wait on. `broken` set: every forward raises. `lost` set: it raises
    EncoderLost. `wrong_shape` set: it forgets a row. `batches` keeps the lengths of each batch.
    """

    def __init__(self, *, dim: int = 8, layers: int = 6, streams: int = 1) -> None:
        self.identity = EncoderIdentity("fake", FAKE_FINGERPRINT, "fake", "fp32")
        self.dim = dim
        self.layers = layers
        self.max_tokens = 512
        self.streams = streams
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.broken = threading.Event()
        self.lost = threading.Event()
        self.wrong_shape = threading.Event()
        self.batches: list[list[int]] = []

    def forward(self, batch: Batch) -> NDArray[np.float32]:
        """See `Encoder.forward`."""
        self.batches.append([int(length) for length in batch.lengths])
        self.entered.release()
        self.gate.wait()
        if self.lost.is_set():
            raise EncoderLost("fake")
        if self.broken.is_set() or (batch.ids == POISON).any():
            raise RuntimeError("fake failure")
        rows = [
            [self._vector(batch.ids[row, :length], str(view)) for view in batch.views]
            for row, length in enumerate(batch.lengths)
        ]
        return np.array(rows[1:] if self.wrong_shape.is_set() else rows, dtype=np.float32)

    def attribute(self, tokens: Tokens, directions: Sequence[Direction]) -> Shares:
        """See `Encoder.attribute`: every token gives as much as the others."""
        views = [View.parse(direction.view) for direction in directions]
        vectors = self.forward(Batch.of([tokens], views))[0]
        products = [d.vector @ v for d, v in zip(directions, vectors, strict=True)]
        pooled = np.array(products, np.float32)
        shares = np.repeat(pooled[:, None] / np.float32(tokens.tokens), tokens.tokens, axis=1)
        return Shares(shares, pooled, np.linalg.norm(vectors, axis=1))

    def _vector(self, ids: NDArray[np.int32], view: str) -> NDArray[np.float32]:
        rng = np.random.default_rng([zlib.crc32(view.encode()), zlib.crc32(ids.tobytes())])
        return rng.standard_normal(self.dim, dtype=np.float32)


def _token(word: str) -> int:
    return POISON if word == "poison" else _FIRST_WORD + zlib.crc32(word.encode()) % 30_000
