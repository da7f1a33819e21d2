"""Makes what members read: l2-normalised views side by side, or n-grams weighed by idf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from heads.inference.lexical import LexicalConfig, features
from heads.training.data.splits import Fold

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """Inputs of n texts: `dense` {view: (n, dim)}, each row of length 1, and n-gram `counts`.

    `counts` is CSR (n, buckets) with the signed `1 + ln(count)` values of inference.lexical before
    idf and norm; one bucket may occur twice in a row. None where no member reads the text.
    `by_encoder`: the same as `dense` by each encoder of a cross-fit.
    """

    dense: Mapping[str, Floats]
    counts: Any | None
    by_encoder: tuple[Mapping[str, Floats], ...] = ()

    def for_fold(self, fold: Fold) -> Features:
        """Return the features by the encoder that saw no text which the fold tests on."""
        if fold.encoder is None:
            return self
        return replace(self, dense=self.by_encoder[fold.encoder], by_encoder=())

    def views(self, names: Sequence[str], rows: NDArray[np.int64]) -> Floats:
        """Return the views side by side, each normalised by itself  # (rows, len(names) * dim)."""
        return np.concatenate([self.dense[name][rows] for name in names], axis=1)

    def lexical(self, idf: Floats, rows: NDArray[np.int64]) -> Any:
        """Return rows of length 1, as lexical.normalised does  # CSR (rows, buckets)."""
        if self.counts is None:
            raise ValueError("these features hold no n-grams")
        chosen = self.counts[rows]
        weighed = csr_matrix(
            (chosen.data * idf[chosen.indices], chosen.indices, chosen.indptr), shape=chosen.shape
        )
        squares = np.add.reduceat(np.append(weighed.data**2, 0.0), weighed.indptr[:-1])
        squares[np.diff(weighed.indptr) == 0] = 1.0
        norms = np.repeat(np.sqrt(squares), np.diff(weighed.indptr))
        weighed.data = (weighed.data / np.maximum(norms, 1e-12)).astype(np.float32)
        weighed.sum_duplicates()
        return weighed


def make_features(
    vectors: Mapping[str, Floats],
    texts: Sequence[str],
    lexical: LexicalConfig | None,
    by_encoder: Sequence[Mapping[str, Floats]] = (),
) -> Features:
    """Make features of texts from their raw vectors {view: (n, dim)}, and those of a cross-fit."""
    counts = None if lexical is None else count_ngrams(texts, lexical)
    return Features(_unit(vectors), counts, tuple(map(_unit, by_encoder)))


def _unit(vectors: Mapping[str, Floats]) -> dict[str, Floats]:
    return {
        view: values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
        for view, values in vectors.items()
    }


def count_ngrams(texts: Sequence[str], config: LexicalConfig) -> Any:
    """Count the texts' n-grams as lexical does, duplicates unsummed  # CSR (n, buckets)."""
    ngrams = [features(text, config) for text in texts]
    ends = np.cumsum([0, *(row.indices.size for row in ngrams)])
    indices = np.concatenate([row.indices for row in ngrams])
    values = np.concatenate([row.values for row in ngrams])
    return csr_matrix((values, indices, ends), shape=(len(texts), config.buckets))


def inverse_document_frequency(counts: Any, rows: NDArray[np.int64]) -> Floats:
    """Return `ln((1 + n) / (1 + df)) + 1` of every bucket over the rows learnt from."""
    chosen = counts[rows]
    owner = np.repeat(np.arange(len(rows)), np.diff(chosen.indptr))
    pairs = np.unique(owner * np.int64(chosen.shape[1]) + chosen.indices)
    frequency = np.bincount(pairs % chosen.shape[1], minlength=chosen.shape[1])
    weights = np.log((1.0 + len(rows)) / (1.0 + frequency)) + 1.0
    return np.asarray(weights, dtype=np.float32)
