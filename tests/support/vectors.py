"""A store of vectors for tests of what learns and judges heads: no encoder, no file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.support.bundles import FINGERPRINT


class TextVectors:
    """Stands for an EmbeddingStore whose vectors of 8 values hang on the length of a text alone."""

    runtime, tuned_on, origin, model_id = "none", frozenset[str](), "frozen", "none"

    def __init__(self, fingerprint: str = FINGERPRINT, layers: int = 6) -> None:
        self.fingerprint, self.layers = fingerprint, layers

    def vectors(
        self, texts: Sequence[str], views: Sequence[str], contexts: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Return a vector for each text, the same in all views."""
        made = [np.random.default_rng(len(text)).normal(size=8) for text in texts]
        return {view: np.array(made, dtype=np.float32) for view in views}
