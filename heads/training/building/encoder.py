"""Records of the encoder that a head learns on what its model card has to tell."""

from __future__ import annotations

from typing import Any

from heads.training.data.dataset import Dataset
from heads.training.data.provenance import count_known
from heads.training.fitting.embeddings import EmbeddingStore


def encoder_record(
    data: Dataset, store: EmbeddingStore, *, judged_by_others: bool
) -> dict[str, Any]:
    """Return name and origin of the encoder, and how many rows tuned it, in all and of `data`.

    `judged_by_others`: every figure is by encoders that had not seen the judged row.
    """
    return {
        "model_id": store.model_id,
        "origin": store.origin,
        "rows": len(store.tuned_on),
        "rows_of_these": count_known(data, store.tuned_on),
        "judged_by_others": judged_by_others,
    }
