"""Asks one head for pairs of a text and its context: what it would answer, or abstain from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.inference.head import Head
from heads.inference.stack import Stack
from heads.prediction import FeatureRow
from heads.training.errors import DataError
from heads.training.fitting.embeddings import EmbeddingStore, Pair

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

ABSTAINED = -1
_CHUNK = 256


@dataclass(frozen=True)
class Outcomes:
    """Answers for n pairs: scores (n, labels), the best label (n,), and what is decided (n,).

    `decided` is the best label's index, ABSTAINED where the head would not be acted on.
    """

    scores: Floats
    best: Ints
    decided: Ints

    def rows(self, chosen: Ints) -> Outcomes:
        """Return the chosen pairs' answers, in that order."""
        return Outcomes(self.scores[chosen], self.best[chosen], self.decided[chosen])


Answerer = Callable[[Sequence[Pair]], Outcomes]


def answerer(head: Head, store: EmbeddingStore) -> Answerer:
    """Return what asks a head as serving does, on the store's vectors.

    Raises DataError for vectors of another size than the head reads.
    """
    stack = Stack((head,))

    def ask(pairs: Sequence[Pair]) -> Outcomes:
        texts, contexts = [text for text, _ in pairs], [context for _, context in pairs]
        views = head.manifest.views
        vectors = store.vectors(texts, views, contexts) if views else {}
        rows = [
            FeatureRow({view: vectors[view][index] for view in views}, text)
            for index, text in enumerate(texts)
        ]
        return _joined([_ask(stack, rows[i : i + _CHUNK]) for i in range(0, len(rows), _CHUNK)])

    return ask


def _ask(stack: Stack, rows: Sequence[FeatureRow]) -> Outcomes:
    answer = stack.predict((0,), rows)[0]
    if answer.status != "ok":
        raise DataError(f"{answer.name} {answer.version}: {answer.message}")
    best = np.array(answer.best, dtype=np.int64)
    decided = np.where(np.array(answer.abstained), ABSTAINED, best)
    return Outcomes(answer.scores.astype(np.float64), best, decided)


def _joined(parts: Sequence[Outcomes]) -> Outcomes:
    return Outcomes(
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.best for part in parts]),
        np.concatenate([part.decided for part in parts]),
    )
