"""The second opinion: the same words through onnxruntime in fp32, alone, and heads in process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embedder.encoder import Batch, LoadedEncoder
from embedder.views import View
from heads.local import LocalPool
from heads.prediction import FeatureRow, PredictRequest
from heads.registry import Registry
from loadtests.bench import raw
from loadtests.bench.catalogs import SHIPPED, production_views
from loadtests.checks import Judged

# Of a probability: bf16 in padded batches against fp32 alone, then a calibrated softmax.
TOLERANCE = 0.08


@dataclass(frozen=True)
class Opinion:
    """How far the served scores were from the oracle's."""

    compared: int
    disagreeing: int
    largest: float  # difference of one probability
    other_tokens: int  # answers that saw another number of tokens: other words
    note: str = ""


def second_opinion(judged: Sequence[Judged], catalog: Path = SHIPPED) -> Opinion:
    """Judges every kept answer anew; a score is disagreed with beyond TOLERANCE."""
    if not judged:
        return Opinion(0, 0, 0.0, 0)
    loaded = raw.load("onnxruntime")
    pool = LocalPool(Registry(catalog))
    try:
        found = [_compare(loaded, pool, one, production_views(catalog)) for one in judged]
    finally:
        pool.close()
    differences = [difference for difference, _ in found]
    return Opinion(
        len(judged), sum(d > TOLERANCE for d in differences), round(max(differences), 4),
        sum(other for _, other in found),
    )  # fmt: skip


def _compare(
    loaded: LoadedEncoder, pool: LocalPool, one: Judged, views: list[str]
) -> tuple[float, bool]:
    """The largest difference of a score, and whether the number of tokens was another."""
    tokens = loaded.tokenizer.tokenize(one.words)
    vectors = loaded.encoder.forward(Batch.of([tokens], [View.parse(view) for view in views]))
    row = FeatureRow(dict(zip(views, vectors[0], strict=True)), one.words)
    fingerprint = loaded.encoder.identity.fingerprint
    heads = pool.head_set()
    scores = pool.predict(PredictRequest(heads, list(one.scores), [row], fingerprint, 10))
    differences = [
        abs(float(scores[name].scores[0][column]) - served[label])
        for name, served in one.scores.items()
        for column, label in enumerate(scores[name].labels)
        if label in served
    ]
    return max(differences, default=0.0), tokens.tokens != one.tokens
