"""Measures what a forward up to a layer costs the CPU: a text alone, and in batches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import numpy as np

from embedder.encoder import Batch, LoadedEncoder
from embedder.views import View
from heads.training.fitting.embeddings import Pair
from heads.training.pareto.points import Cost

BATCH: Final = 32
_ROUNDS: Final = 3


def measure_cost(loaded: LoadedEncoder, pairs: Sequence[Pair], depth: int) -> Cost:
    """Return the CPU time of this process a text, forwards no deeper than `depth`.

    Of each batch's rounds the median counts, after one that fills caches. The encoder must run one
    forward at a time on one thread, or its threads' time adds up.
    """
    items = loaded.tokenizer.tokenize_batch(pairs)
    items.sort(key=lambda item: item.length)
    view = (View("text", depth),)
    alone = [Batch.of([item], view) for item in items]
    together = [
        Batch.of(items[start : start + BATCH], view) for start in range(0, len(items), BATCH)
    ]
    return Cost(
        _milliseconds(loaded, alone) / len(items), _milliseconds(loaded, together) / len(items)
    )


def _milliseconds(loaded: LoadedEncoder, batches: Sequence[Batch]) -> float:
    seconds = np.zeros((_ROUNDS + 1, len(batches)))
    for turn in range(_ROUNDS + 1):
        for index, batch in enumerate(batches):
            started = time.process_time()
            loaded.encoder.forward(batch)
            seconds[turn, index] = time.process_time() - started
    return float(np.median(seconds[1:], axis=0).sum()) * 1000
