"""Translates what became of a call's texts, and its times, to messages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

from embedder.api import CachePath, ItemError
from embedder.batching.flight import Answer, Call
from protos.embedder.v1 import embedder_pb2 as pb

_PATHS: Final[Mapping[CachePath, pb.CachePath]] = {
    "hit": pb.CACHE_PATH_HIT,
    "coalesced": pb.CACHE_PATH_COALESCED,
    "miss": pb.CACHE_PATH_MISS,
}


def timings(call: Call, started: float) -> pb.StageTimings:
    """Write how long a call that began at `started` has spent in each stage."""
    times = call.times
    return pb.StageTimings(
        tokenize_ms=times.tokenize_s * 1000,
        queue_ms=times.queue_s * 1000,
        encode_ms=times.encode_s * 1000,
        total_ms=(time.monotonic() - started) * 1000,
    )


def item(answer: Answer | None, key: bytes, views: Sequence[str]) -> pb.Item:
    """Write one text's answer: its vectors in the order of `views`, or its error."""
    if answer is None:
        raise ValueError("a text was left without an answer")
    text = answer.text
    if text is None:
        error = answer.error or ItemError("internal", "")
        return pb.Item(
            cache=_PATHS[answer.path], error=pb.ItemError(code=error.code, message=error.message)
        )
    vectors = text.vectors
    return pb.Item(
        vectors=vectors[views[0]] if len(views) == 1 else b"".join([vectors[v] for v in views]),
        tokens=text.tokens,
        tokens_total=text.tokens_total,
        truncated=text.truncated,
        unknown=text.unknown,
        cache_key=key,
        cache=_PATHS[answer.path],
    )
