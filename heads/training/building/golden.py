"""Chooses the inputs of a bundle's self-test from its rows."""

from __future__ import annotations

import numpy as np

from heads.prediction import FeatureRow
from heads.training.data.dataset import Dataset
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.recipe import Recipe

_GOLDEN_ROWS = 4


def golden_rows(data: Dataset, store: EmbeddingStore, recipe: Recipe) -> list[FeatureRow]:
    """Choose a few short rows of different labels as the self-test's inputs."""
    order = sorted(range(len(data)), key=lambda i: (len(data.texts[i]), data.texts[i]))
    usual = [i for i in order if len(data.texts[i]) >= 20] or order
    chosen: list[int] = []
    seen: set[str] = set()
    for index in [*usual, *order]:
        if index not in chosen and (
            data.strata[index] not in seen or len(seen) == len(set(data.strata))
        ):
            chosen.append(index)
            seen.add(data.strata[index])
        if len(chosen) == _GOLDEN_ROWS:
            break
    rows = data.rows(np.array(chosen))
    vectors = store.vectors(rows.texts, recipe.views, rows.contexts) if recipe.views else {}
    return [
        FeatureRow({view: values[row] for view, values in vectors.items()}, text)
        for row, text in enumerate(rows.texts)
    ]
