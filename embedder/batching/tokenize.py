"""Tokenize the texts of flights so that a bad one fails alone, and none for lack of budget."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from embedder.api import ItemError
from embedder.batching.flight import Flight
from embedder.errors import EmbedderError
from embedder.tokenizer import Tokens

log = structlog.get_logger()

TOKENIZE_FAILED: Final = ItemError("tokenize_failed", "the tokenizer failed on this text")


class Tokenizing(Protocol):
    """The part of `embedder.tokenizer.Tokenizer` that batching uses. Thread-safe."""

    def tokenize_batch(self, pairs: Sequence[tuple[str, str]]) -> list[Tokens]:
        """Tokenize (text, context) pairs, in order."""
        ...

    def trace(self, text: str, context: str = "") -> tuple[Tokens, NDArray[np.int32]]:
        """Tokenize one input, and tell where in `text` each token stands  # (tokens, 2)."""
        ...

    def canonical(self, text: str, context: str = "") -> bytes:
        """Name the input as the encoder will see it."""
        ...


def tokenize(
    tokenizer: Tokenizing, flights: Sequence[Flight]
) -> tuple[list[Tokens | ItemError], float]:
    """Tokenize all at once; where that fails, one by one, so that a bad text fails alone.

    Never raises. Returns tokens or an error for each flight, and the seconds that it took.
    """
    started = time.monotonic()
    pairs = [(flight.text, flight.context) for flight in flights]
    results: list[Tokens | ItemError]
    try:
        results = list(tokenizer.tokenize_batch(pairs))
    except Exception:
        results = []
    if len(results) != len(pairs):
        results = [_one(tokenizer, pair) for pair in pairs]
    return results, time.monotonic() - started


def check_budget(tokenizer: Tokenizing, max_tokens: int, max_batch_tokens: int) -> None:
    """Refuse a budget under which every long text would fail: better at start than by mail.

    Raises an `EmbedderError` that names what the longest text needs.
    """
    (longest,) = tokenizer.tokenize_batch([("a " * 20 * max_tokens, "")])
    needed = len(longest.windows) * longest.length
    if needed > max_batch_tokens:
        raise EmbedderError(
            f"EMBEDDER_MAX_BATCH_TOKENS is {max_batch_tokens}; the longest text needs {needed}",
            code="bad_settings",
        )


def _one(tokenizer: Tokenizing, pair: tuple[str, str]) -> Tokens | ItemError:
    try:
        return tokenizer.tokenize_batch([pair])[0]
    except Exception as error:
        log.warning("tokenize_failed", error=type(error).__name__)
        return TOKENIZE_FAILED
