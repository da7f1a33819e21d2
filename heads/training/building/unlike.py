"""Reports which texts a bundle abstains from as unlike anything it has learnt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from heads.bundle.loading import load_folder
from heads.training.building.evaluate import bundle_recipe
from heads.training.building.train import embed_features, make_folds
from heads.training.data.dataset import Dataset
from heads.training.data.tables import Record
from heads.training.errors import DataError
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.features import make_features
from heads.training.fitting.unlike import UnlikeMap, held_out_distances
from heads.training.metrics import Floats, auroc


def unlike_table(
    folder: Path, data: Dataset, texts: Mapping[str, Sequence[str]], store: EmbeddingStore
) -> list[str]:
    """Return lines of a Markdown table: a row for each kind of `texts`, then one for all.

    AUROC is against the head's rows, measured by maps that have not seen their author. Raises
    DataError for a bundle without a limit, or for another encoder.
    """
    head = load_folder(folder)
    table, weights = head.manifest.unlike, head.unlike
    if table is None or weights is None or weights.dense is None:
        raise DataError(f"{folder} has no limit on unlike texts; train it anew")
    if head.manifest.fingerprint != store.fingerprint:
        raise DataError(f"{folder} was learnt on another encoder: {head.manifest.fingerprint}")
    learnt = UnlikeMap(table.views, table.rank, weights.dense, weights.bias)
    folds = make_folds(data, "author", 0)
    features = embed_features(data, store, bundle_recipe(folder))
    known = held_out_distances(table.views, data, [features] * len(folds), folds)
    measured = {kind: _distances(learnt, some, store) for kind, some in texts.items()}
    measured["all of them"] = np.concatenate(list(measured.values()))
    lines = ["| texts | number | abstained as unlike | AUROC |", "|---|---:|---:|---:|"]
    lines += [
        f"| {kind} | {len(far)} | {(far > table.limit).mean():.3f} | {auroc(known, far):.3f} |"
        for kind, far in measured.items()
    ]
    lost = float((known > table.limit).mean())
    return [*lines, f"| the rows it learnt from, held out | {len(known)} | {lost:.3f} | |"]


def by_kind(records: Sequence[Record], text_column: str, kind_column: str) -> dict[str, list[str]]:
    """Sort texts by the kind that a column names; those without one under "texts".

    Raises DataError where there is no text.
    """
    texts = defaultdict(list)
    for record in records:
        if text := record.fields.get(text_column):
            texts[str(record.fields.get(kind_column) or "texts")].append(str(text))
    if not texts:
        raise DataError(f"no row has a text in column {text_column!r}")
    return dict(texts)


def _distances(learnt: UnlikeMap, texts: Sequence[str], store: EmbeddingStore) -> Floats:
    features = make_features(store.vectors(texts, learnt.views), texts, None)
    return learnt.distances(features.views(learnt.views, np.arange(len(texts))))
