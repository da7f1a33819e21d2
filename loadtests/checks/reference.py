"""Compare answers with a reference: onnxruntime in fp32, one text at a time, heads in process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embedder.encoder import Batch, LoadedEncoder
from embedder.views import View
from heads.pools.local import LocalPool
from heads.prediction import FeatureRow, PredictRequest
from heads.registry.registry import Registry
from loadtests.checks.answers import SampledAnswer
from loadtests.stack.catalogs import SHIPPED, production_views
from loadtests.stack.encoders import open_encoder

# Of a probability: bf16 in padded batches against fp32 alone, then a calibrated softmax.
TOLERANCE = 0.08


@dataclass(frozen=True)
class Comparison:
    """How far the served scores were from the reference's."""

    compared: int
    disagreeing: int
    largest: float  # difference of one probability
    other_tokens: int  # answers that saw another number of tokens: other words
    note: str = ""


def compare_with_reference(sampled: Sequence[SampledAnswer], catalog: Path = SHIPPED) -> Comparison:
    """Score every sampled answer's words anew; beyond TOLERANCE a score disagrees."""
    if not sampled:
        return Comparison(0, 0, 0.0, 0)
    loaded = open_encoder("onnxruntime")
    pool = LocalPool(Registry(catalog))
    try:
        views = production_views(catalog)
        results = [_compare(loaded, pool, answer, views) for answer in sampled]
    finally:
        pool.close()
    differences = [difference for difference, _ in results]
    return Comparison(
        len(sampled), sum(d > TOLERANCE for d in differences), round(max(differences), 4),
        sum(other for _, other in results),
    )  # fmt: skip


def _compare(
    loaded: LoadedEncoder, pool: LocalPool, answer: SampledAnswer, views: list[str]
) -> tuple[float, bool]:
    """Return the largest difference of a score, and whether the number of tokens was another."""
    tokens = loaded.tokenizer.tokenize(answer.words)
    vectors = loaded.encoder.forward(Batch.of([tokens], [View.parse(view) for view in views]))
    row = FeatureRow(dict(zip(views, vectors[0], strict=True)), answer.words)
    fingerprint = loaded.encoder.identity.fingerprint
    heads = pool.head_set()
    scores = pool.predict(PredictRequest(heads, list(answer.scores), [row], fingerprint, 10))
    differences = [
        abs(float(scores[name].scores[0][column]) - served[label])
        for name, served in answer.scores.items()
        for column, label in enumerate(scores[name].labels)
        if label in served
    ]
    return max(differences, default=0.0), tokens.tokens != answer.tokens
