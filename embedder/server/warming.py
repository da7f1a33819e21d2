"""Runs every length of text once, so that the first callers do not pay for a runtime's kernels."""

from __future__ import annotations

from embedder.cost import padded_length
from embedder.encoder import Batch, Encoder
from embedder.views import View


def warm_up(encoder: Encoder) -> None:
    """Run a lone text of every length that batches are padded to, the longest included.

    A runtime makes its kernels for each when it first meets it. Raises as `Encoder.forward` does.
    """
    view = View("mean", encoder.layers)
    for length in sorted(
        {min(padded_length(n), encoder.max_tokens) for n in range(1, encoder.max_tokens + 1)}
    ):
        encoder.forward(Batch.blank(1, length, view, alone=True))
