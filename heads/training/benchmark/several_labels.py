"""Scores NLU++, whose texts carry several labels at once: a linear output for each label."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heads.training.errors import DataError
from heads.training.fitting.embeddings import EmbeddingStore

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

NAME = "nlupp"
FOLDER = "nlupp_multilabel"
DOMAINS = ("banking", "hotels")
_VIEW = "mean@6"
_FOLDS = 20
# Strength of scikit-learn's logistic regression on vectors of length 1; the same for every encoder.
_C = 100.0


def table(folder: Path, sets: Sequence[str], store: EmbeddingStore) -> list[str]:
    """Return a Markdown table with a row a domain; no line where `folder` or `sets` lack the set.

    No `sets` mean all. Each of ten pairs of twenty folds is learnt from alone and judged on the
    other eighteen, as the set's authors do: the mean of micro-F1 and its spread over the pairs.
    Raises DataError for a row without fold or labels.
    """
    root = folder / FOLDER
    if not root.is_dir() or (sets and NAME not in sets):
        return []
    lines = [
        "",
        "| set | rows learnt from | pairs of folds | micro-F1 | read from |",
        "|---|---|---|---|---|",
    ]
    for domain in DOMAINS:
        texts, labels, folds = _read(root / f"{domain}.jsonl")
        vectors = store.vectors(texts, (_VIEW,))[_VIEW]
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        scores = [
            _micro_f1(vectors, labels, (folds == first) | (folds == first + 1))
            for first in range(0, _FOLDS, 2)
        ]
        lines.append(
            f"| {NAME} {domain} | 2 of 20 folds | {len(scores)} | {100 * np.mean(scores):.2f} ± "
            f"{100 * np.std(scores):.2f} | {_VIEW} |"
        )
    return lines


def _read(path: Path) -> tuple[list[str], Flags, NDArray[np.int64]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    try:
        texts, folds = [row["text"] for row in rows], [row["fold"] for row in rows]
        names = sorted({name for row in rows for name in row["intents"]})
        labels = np.array([[name in row["intents"] for name in names] for row in rows])
    except KeyError as error:
        raise DataError(f"{path}: a row has no {error}") from error
    return texts, labels, np.array(folds)


def _micro_f1(vectors: Floats, labels: Flags, learnt: Flags) -> float:
    found = np.stack([_says_yes(vectors, wanted, learnt) for wanted in labels.T], axis=1)
    truth = labels[~learnt]
    right = (found & truth).sum()
    return float(2 * right / max(1, found.sum() + truth.sum()))


def _says_yes(vectors: Floats, wanted: Flags, learnt: Flags) -> Flags:
    """Return the answers of one label's output for the rows that it did not learn from."""
    from sklearn.linear_model import LogisticRegression

    known: Sequence[bool] = wanted[learnt].tolist()
    rest = vectors[~learnt]
    if len(set(known)) < 2:
        return np.full(len(rest), known[0])
    model = LogisticRegression(C=_C, max_iter=1000).fit(vectors[learnt], wanted[learnt])
    return np.asarray(model.predict(rest), dtype=bool)
