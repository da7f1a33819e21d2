"""Reports which texts a bundle abstains from as unlike anything it has learnt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from heads.bundle.loading import head_of
from heads.bundle.reading import BundleFiles, read_folder
from heads.training.building.evaluate import bundle_recipe
from heads.training.building.inputs import embed_features, make_folds
from heads.training.data.dataset import Dataset
from heads.training.data.provenance import unseen
from heads.training.data.tables import CONTEXT_COLUMN, Record, read_records
from heads.training.errors import DataError
from heads.training.fitting.cross_fit import CrossFit
from heads.training.fitting.embeddings import EmbeddingStore, Pair
from heads.training.fitting.features import make_features
from heads.training.fitting.unlike import UnlikeMap, held_out_distances
from heads.training.metrics import Floats, auroc
from trunkline.reply_context import context_of

JUNK = Path(__file__).parents[2] / "data" / "unlike.jsonl"


def unlike_table(
    folder: Path,
    data: Dataset,
    texts: Mapping[str, Sequence[Pair]],
    store: EmbeddingStore,
    cross_fit: CrossFit | None = None,
) -> list[str]:
    """Return lines of a Markdown table: a row for each kind of `texts`, then one for all.

    AUROC is against those rows of `data` that the bundle learnt from, measured by maps that have
    not seen their author. Raises DataError for a bundle without a limit, one that learnt from none
    of the rows or does not tell which, or for another encoder.
    """
    bundle = read_folder(folder)
    head = head_of(bundle)
    table, weights = head.manifest.unlike, head.unlike
    if table is None or weights is None or weights.dense is None:
        raise DataError(f"{folder} has no limit on unlike texts; train it anew")
    if head.manifest.fingerprint != store.fingerprint:
        raise DataError(f"{folder} was learnt on another encoder: {head.manifest.fingerprint}")
    learnt = UnlikeMap(table.views, table.rank, weights.dense, weights.bias)
    data = _learnt_from(bundle, data)
    folds = make_folds(data, "author", 0, cross_fit)
    features = embed_features(data, store, bundle_recipe(folder), cross_fit)
    read = [features.for_fold(fold) for fold in folds]
    known = held_out_distances(table.views, data, read, folds)
    measured = {kind: _distances(learnt, some, store) for kind, some in texts.items()}
    measured["all of them"] = np.concatenate(list(measured.values()))
    lines = ["| texts | number | abstained as unlike | AUROC |", "|---|---:|---:|---:|"]
    lines += [
        f"| {kind} | {len(far)} | {(far > table.limit).mean():.3f} | {auroc(known, far):.3f} |"
        for kind, far in measured.items()
    ]
    lost = float((known > table.limit).mean())
    return [*lines, f"| the rows it learnt from, held out | {len(known)} | {lost:.3f} | |"]


def junk() -> tuple[Pair, ...]:
    """Read the shipped texts that are no replies. Raises DataError."""
    return tuple(pair for pairs in by_kind(read_records((JUNK,))).values() for pair in pairs)


def by_kind(
    records: Sequence[Record],
    *,
    text_column: str = "text",
    context_column: str = CONTEXT_COLUMN,
    kind_column: str = "kind",
) -> dict[str, list[Pair]]:
    """Sort texts, each with its context, by the kind in a column; those without under "texts".

    Raises DataError where there is no text.
    """
    texts = defaultdict(list)
    for record in records:
        if text := str(record.fields.get(text_column) or ""):
            outbound = str(record.fields.get(context_column) or "")
            kind = str(record.fields.get(kind_column) or "texts")
            texts[kind].append((text, context_of(text, outbound)))
    if not texts:
        raise DataError(f"no row has a text in column {text_column!r}")
    return dict(texts)


def _learnt_from(bundle: BundleFiles, data: Dataset) -> Dataset:
    fresh = unseen(bundle, data)
    if fresh is None or fresh.all():
        raise DataError(f"{bundle.manifest.name} lists none of these rows as learnt from")
    return data.rows(np.flatnonzero(~fresh))


def _distances(learnt: UnlikeMap, pairs: Sequence[Pair], store: EmbeddingStore) -> Floats:
    texts, contexts = zip(*pairs, strict=True)
    features = make_features(store.vectors(texts, learnt.views, contexts), texts, None)
    return learnt.distances(features.views(learnt.views, np.arange(len(texts))))
