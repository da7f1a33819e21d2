"""Defines what every way of learning has in common, and which ones are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import Model, find_model
from embedder.encoder import EncoderConfig
from heads.training.data.dataset import Dataset
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.study.material import Sample

Ints = NDArray[np.int64]
Kind = Literal["features", "tuning"]
"""Whether the encoder stays as it is (or is not read at all), or learns too."""


class Encoder:
    """The encoder that a study begins with, opened when something reads it."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self._folder, self._cache = folder, cache

    @cached_property
    def store(self) -> EmbeddingStore:
        """Return its vectors, as serving computes them."""
        return EmbeddingStore(self._cache, EncoderConfig(model=self._folder))

    @cached_property
    def model(self) -> Model:
        """Return its checkpoint, which tuning starts from."""
        return find_model(self._folder)


@dataclass(frozen=True)
class Cost:
    """CPU seconds of a point: in any case, for each row learnt from, for each row judged."""

    base: float
    learnt: float
    judged: float

    def of(self, learnt: float, judged: int) -> float:
        """Return the CPU seconds of a point; rows that are read often count as often."""
        return self.base + self.learnt * learnt + self.judged * judged


@dataclass(frozen=True)
class Prediction:
    """The label's index of each judged row.

    `elsewhere_s`: CPU seconds of its cost that another strategy spent before; below 0, those that
    it spent on what others read too, as vectors of texts.
    """

    labels: Ints
    elsewhere_s: float = 0.0


class Strategy(Protocol):
    """A way of learning."""

    @property
    def name(self) -> str:
        """Return the word that names it in commands and results."""

    @property
    def title(self) -> str:
        """Return what it is, for tables and plots."""

    @property
    def kind(self) -> Kind:
        """Tell whether it tunes the encoder."""

    @property
    def chance(self) -> bool:
        """Tell whether its result hangs on the seed beside the rows."""

    @property
    def shares(self) -> str:
        """Return what it may reuse of strategies with the same word on the same sample, or ""."""

    def lacks(self, learnt: Dataset, others: tuple[Dataset, ...]) -> str:
        """Return why it cannot learn from such rows, "" where it can."""

    def recipe(self, rows: int, encoder: Encoder) -> Mapping[str, object]:
        """Return all that decides its result beside rows and seed, as plain values."""

    def cpu_seconds(self, rows: int, judged: int) -> float:
        """Estimate the cost of a point, before one was measured."""

    def predict(self, sample: Sample, encoder: Encoder) -> Prediction:
        """Learn from the sample, and judge its other rows."""
