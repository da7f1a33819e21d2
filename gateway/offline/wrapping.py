"""Wraps cleaner, encoder and the heads in production as one scikit-learn pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline

from embedder.runtime import Precision
from gateway.inference.plan import make_plan
from gateway.mail.types import CLEANER_VERSION
from gateway.offline.steps import HeadScorer, Mail, PostScoreFilter, PreScoreFilter
from heads.prediction import HeadSet
from heads.registry.registry import Registry
from heads.training.text_classifier import TextClassifier, shared_encoder


def wrap(catalog: Path, model: Path | None = None, precision: Precision = "auto") -> Pipeline:
    """Return filters, heads and decisions of what is in production in a catalog.

    `predict` takes mails (texts, or their fields) and gives decided intents; `answers` all of it.
    Heads for another encoder, switched off or refused answer as they do in the gateway. Raises
    ValueError where no head can answer.
    """
    head_set = Registry(catalog).current().head_set
    chosen = None if model is None else str(model)
    loaded = shared_encoder(chosen, precision)
    identity = loaded.encoder.identity
    plan = make_plan(head_set, None, (identity.fingerprint,))
    if not plan.called:
        raise ValueError(f"no head in production in {catalog} reads {identity.fingerprint}")
    classifiers = {
        name: TextClassifier.from_bundle(
            catalog / name / head_set.heads[name].version, model=chosen, precision=precision
        )
        for name in plan.called
    }
    provenance = {
        "encoder": {
            "model_id": identity.model_id,
            "fingerprint": identity.fingerprint,
            "runtime": identity.runtime,
            "precision": identity.precision,
        },
        "heads": _versions(head_set, plan.called),
        "cleaner_version": CLEANER_VERSION,
    }
    steps = [
        ("filter", PreScoreFilter(tuple(head_set.disabled_rules)).fit()),
        ("score", HeadScorer(classifiers).fit()),
        ("decide", PostScoreFilter(plan, provenance).fit()),
    ]
    return Pipeline(steps)


def answers(pipeline: Pipeline, mails: Sequence[Mail]) -> list[dict[str, Any]]:
    """Return the whole answers of a wrapped pipeline, as `/v1/classify` names their parts."""
    decide: PostScoreFilter = pipeline[-1]
    return decide.answers(pipeline[:-1].transform(mails))


def _versions(head_set: HeadSet, names: Sequence[str]) -> dict[str, str]:
    return {name: head_set.heads[name].version for name in names}
