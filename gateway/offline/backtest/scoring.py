"""Answers recorded mail with one version of a head: a matrix product a block."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embedder.client import Embedder
from gateway.inference.classification import AUTO_REPLY
from gateway.inference.combine import FORCED_ABSTENTION, UNREADABLE_SHARE
from gateway.inference.plan import INTENT_HEAD
from gateway.offline.backtest.tally import Answers
from gateway.prediction_log.answered import Block
from heads.inference.head import Head
from heads.inference.stack import Stack

Floats = NDArray[np.float32]
Vectors = Callable[[Sequence[str]], Mapping[str, Floats]]
"""The views of some texts, each (rows, dim)."""
_TEXTS_AT_ONCE = 64
_TIMEOUT_S = 120.0


class Scored(NamedTuple):
    """A block's answers: what was answered, and what the version answers."""

    old: Answers
    new: Answers


class EncodeError(Exception):
    """A stored text that the encoder refuses."""


def views_of(head: Head) -> tuple[str, ...]:
    """Return every view that a head reads, also for its limit on unlike texts."""
    return tuple(dict.fromkeys(view for part in head.maps for view in part.shape.views))


def scorer(head: Head, encode: Vectors | None = None) -> Callable[[Block, Sequence[str]], Scored]:
    """Return what answers a block, given its texts as heads read them.

    Vectors are the block's, or `encode`'s where it is given. What a caller may not act on whatever
    a head says, the version abstains from, too.
    """
    stack = Stack((head,))
    name, labels = head.name, head.manifest.labels

    def answered(block: Block, texts: Sequence[str]) -> Scored:
        views = block.vectors if encode is None else encode(texts)
        answers = stack.matrices(0, views, texts, len(block.rows))
        best = [labels[place] for place in answers.best[:, 0].tolist()]
        unsure = answers.abstained[:, 0].tolist()
        held = [_held(name, row, label) for row, label in zip(block.rows, best, strict=True)]
        return Scored(
            Answers([row.label for row in block.rows], [row.abstained for row in block.rows]),
            Answers(best, [a or b for a, b in zip(unsure, held, strict=True)]),
        )

    return answered


def encoder(embedder: Embedder, head: Head) -> Vectors:
    """Return what has an embedder read texts for a head; replies alone, without what they answer.

    Raises EncodeError for a text that it refuses, and EmbedderError.
    """
    views, fingerprint = views_of(head), head.manifest.fingerprint

    def encode(texts: Sequence[str]) -> Mapping[str, Floats]:
        columns: dict[str, list[Floats]] = {view: [] for view in views}
        for some in _parts(texts):
            answer = embedder.embed(
                some, views, timeout_s=_TIMEOUT_S, expected_fingerprint=fingerprint, bulk=True
            )
            for item in answer.items:
                if item.error is not None:
                    raise EncodeError(item.error.code)
                for view in views:
                    columns[view].append(item.vectors[view])
        return {view: np.array(rows, dtype=np.float32) for view, rows in columns.items()}

    return encode


def _held(name: str, row: Any, label: str) -> bool:
    """Whether nothing may be acted on: the text hides, or too little speaks for a machine.

    Whether headers speak for one is recorded by the answer alone: an automatic reply that was
    abstained from although it was probable enough.
    """
    if not FORCED_ABSTENTION.isdisjoint(row.flags):
        return True
    if row.tokens and (row.unknown_tokens or 0) > UNREADABLE_SHARE * row.tokens:
        return True
    alone = row.label == label == AUTO_REPLY and name == INTENT_HEAD and row.abstained
    return alone and (row.probability or 0.0) >= (row.threshold or 0.0)


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(texts), _TEXTS_AT_ONCE):
        yield texts[first : first + _TEXTS_AT_ONCE]
