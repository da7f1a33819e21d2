"""Run a batch through the encoder so that every text of it gets its own outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from embedder.api import ItemError
from embedder.batching.flight import Flight
from embedder.encoder import Batch, Encoder
from embedder.errors import EncoderLost
from embedder.views import View

# A text's vectors by view, or shares by part, as float32 bytes; or why it failed; or None: it was
# no longer wanted.
Outcome = dict[str, bytes] | ItemError | None

ENCODER_FAILED: Final = ItemError("encoder_failed", "the encoder failed on this text")


def encode(
    encoder: Encoder,
    flights: Sequence[Flight],
    wanted: Callable[[Flight], bool],
    on_failure: Callable[[Exception], None],
    *,
    alone: bool = False,
) -> list[Outcome]:
    """Encode `flights` in one forward; where that fails, halve until the culprit is by itself.

    Those that are not `wanted` any more are left out before each forward. `on_failure` is called
    with each exception. `alone`: see `Batch`. Raises `EncoderLost` only, when the encoder does.
    """
    outcomes: list[Outcome] = [None] * len(flights)
    live = [index for index, flight in enumerate(flights) if wanted(flight)]
    if not live:
        return outcomes
    try:
        results = _forward(encoder, [flights[index] for index in live], alone)
    except EncoderLost:
        raise
    except Exception as error:
        on_failure(error)
        results = [ENCODER_FAILED]
        if len(live) > 1:
            half = len(live) // 2
            results = [
                outcome
                for part in (live[:half], live[half:])
                for outcome in encode(encoder, [flights[i] for i in part], wanted, on_failure)
            ]
    for index, outcome in zip(live, results, strict=True):
        outcomes[index] = outcome
    return outcomes


def _forward(encoder: Encoder, flights: Sequence[Flight], alone: bool) -> list[Outcome]:
    if flights[0].directions and flights[0].tokens is not None:  # which is solo
        return [encoder.attribute(flights[0].tokens, flights[0].directions).content]
    views = list(dict.fromkeys(view for flight in flights for view in flight.views))
    tokens = [flight.tokens for flight in flights if flight.tokens is not None]
    parsed = [parse_view(view) for view in views]
    pooled = encoder.forward(Batch.of(tokens, parsed, alone=alone))
    if pooled.shape != (len(flights), len(views), encoder.dim) or pooled.dtype != np.float32:
        raise ValueError(f"the encoder gave {pooled.dtype} of shape {pooled.shape}")
    return [
        {view: row[column].tobytes() for column, view in enumerate(views) if view in flight.views}
        for flight, row in zip(flights, pooled, strict=True)
    ]


@lru_cache(maxsize=256)
def parse_view(text: str) -> View:
    """Parse a view, remembering it: the same few come with every request. Raises ValueError."""
    return View.parse(text)
