"""Asks one head, under one encoder, about texts after everybody else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedder.client import EmbeddedItem
from gateway.errors import ItemRefusedError
from gateway.explain.errors import HeadUnavailableError
from gateway.explain.values import HeadDecision
from gateway.inference.context import RequestMetadata
from gateway.inference.encoders import Encoder
from heads.prediction import FeatureRow, HeadInfo, HeadScores, HeadSet, Pool, PredictRequest

_LEAST = 1e-6  # probabilities nearer to 0 or 1 are taken for this far


@dataclass(frozen=True, slots=True)
class Answers:
    """A head's answers about some texts; the last row is the one about no text at all."""

    scores: HeadScores
    forwards: int

    def decision(self, row: int) -> HeadDecision:
        """Return the head's own answer about one text."""
        scores, best = self.scores, self.scores.best[row]
        return HeadDecision(
            scores.labels[best],
            float(scores.scores[row, best]),
            scores.thresholds[best],
            scores.abstained[row],
        )

    def probability(self, row: int, label: str) -> float:
        """Return a label's calibrated probability."""
        return float(self.scores.scores[row, self.scores.labels.index(label)])

    def log_odds(self, row: int, label: str) -> float:
        """Return the log-odds of a label, finite."""
        probability = min(max(self.probability(row, label), _LEAST), 1 - _LEAST)
        return math.log(probability / (1 - probability))


@dataclass(frozen=True, slots=True)
class AskedHead:
    """A head as one request sees it: its version, its encoder, its pool and the time left."""

    pool: Pool
    head_set: HeadSet
    info: HeadInfo
    encoder: Encoder
    request: RequestMetadata
    timeout_s: float

    def answers(self, texts: Sequence[str]) -> Answers:
        """Ask about the texts, and about a vector of zeros: the head without anything to read.

        Raises ItemRefusedError, HeadUnavailableError or an EmbedderError.
        """
        self.request.require_caller("embed")
        embedded = self.encoder.embedder.embed(
            texts,
            self.info.views or ("mean@0",),
            timeout_s=self.request.deadline.remaining(),
            expected_fingerprint=self.encoder.fingerprint,
            bulk=True,
        )
        self.request.timings.lap("embed")
        self.request.require_caller("heads")
        rows = [_row(item, text) for item, text in zip(embedded.items, texts, strict=True)]
        nothing = {view: np.zeros(embedded.dim, np.float32) for view in self.info.views}
        scores = self._scores([*rows, FeatureRow(nothing)])
        self.request.timings.lap("heads")
        return Answers(scores, sum(item.cache == "miss" for item in embedded.items))

    def left_s(self) -> float:
        """Return the time that the heads have."""
        return min(self.timeout_s, self.request.deadline.remaining())

    def _scores(self, rows: Sequence[FeatureRow]) -> HeadScores:
        name = self.info.name
        asked = PredictRequest(
            self.head_set, (name,), rows, self.encoder.fingerprint, self.left_s()
        )
        scores = self.pool.predict(asked).get(name)
        if scores is None or scores.status != "ok":
            status = "unavailable" if scores is None else scores.status
            raise HeadUnavailableError(f"head: {name} answers {status}.")
        return scores


def _row(item: EmbeddedItem, text: str) -> FeatureRow:
    if item.error is not None:
        raise ItemRefusedError(item.error.code, item.error.message)
    return FeatureRow(item.vectors, text)
