"""Evaluates shipped bundles: refit out of fold on their own rows, or as is on other rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from heads.bundle.facts import read_facts, table_at
from heads.bundle.loading import head_of
from heads.bundle.reading import BundleFiles, read_folder
from heads.errors import BundleError
from heads.inference.head import Head
from heads.inference.stack import Stack, score
from heads.lifecycle import aliases
from heads.prediction import FeatureRow
from heads.training.building.inputs import embed_features, make_folds
from heads.training.building.policy import policy_of
from heads.training.building.train import evaluate
from heads.training.data.dataset import Dataset
from heads.training.data.provenance import unseen
from heads.training.errors import DataError
from heads.training.evaluation.model_card import model_card, pack_metrics
from heads.training.evaluation.out_of_fold import (
    Judged,
    figures,
    judge,
    judge_out_of_fold,
    language_figures,
    member_logits,
)
from heads.training.evaluation.plots import draw_pictures
from heads.training.evaluation.trust import trust_figures
from heads.training.fitting.cross_fit import CrossFit
from heads.training.fitting.embeddings import EmbeddingStore, Pair
from heads.training.fitting.recipe import Recipe, recipe_of
from heads.training.metrics import Bools, Floats, Ints

_BATCH = 256


def bundle_folder(catalog: Path, name: str, version: str | None = None) -> Path:
    """Find the bundle in production, or the version asked for. Raises DataError."""
    chosen = version or aliases.read_folder(catalog / name).production
    if chosen is None:
        raise DataError(f"{catalog / name}: no version is in production")
    return catalog / name / chosen


def bundle_facts(folder: Path) -> dict[str, Any]:
    """Read a bundle's metrics.json, which holds its recipe. Raises DataError."""
    try:
        facts = read_facts(read_folder(folder))
        recipe_of(table_at(facts, "recipe"))
    except (BundleError, DataError, ValueError) as error:
        raise DataError(f"{folder}: no readable metrics.json: {error}") from error
    return facts


def bundle_recipe(folder: Path) -> Recipe:
    """Read the recipe a bundle was learnt by. Raises DataError."""
    return recipe_of(bundle_facts(folder)["recipe"])


def evaluate_refit(
    folder: Path,
    data: Dataset,
    store: EmbeddingStore,
    *,
    seed: int = 0,
    cross_fit: CrossFit | None = None,
) -> dict[str, Any]:
    """Measure by held-out authors, writers and at random, the recipe refit per fold."""
    recipe = bundle_recipe(folder)
    bundle = read_folder(folder)
    data, thresholds = by_its_policy(bundle, data), bundle.manifest.thresholds
    features = embed_features(data, store, recipe, cross_fit)
    return evaluate(data, features, recipe, thresholds, seed=seed, cross_fit=cross_fit)


def judge_held_out(
    folder: Path,
    data: Dataset,
    store: EmbeddingStore,
    *,
    seed: int = 0,
    cross_fit: CrossFit | None = None,
) -> tuple[str, Judged]:
    """Judge each row by the bundle's recipe refit without its writer, or, of one file, its author.

    Returns what was held out, "source" or "author", beside it.
    """
    torch.set_num_threads(1)  # reproducible sums, as in training
    recipe = bundle_recipe(folder)
    data = by_its_policy(read_folder(folder), data)
    features = embed_features(data, store, recipe, cross_fit)
    split = "source" if len(set(data.sources)) > 1 else "author"
    folds = make_folds(data, split, seed, cross_fit)
    logits = member_logits(recipe, data, features, folds, seed=seed)
    return split, judge_out_of_fold(data, logits, folds)


def evaluate_as_is(folder: Path, data: Dataset, store: EmbeddingStore) -> dict[str, Any]:
    """Measure the bundle's own scores and thresholds on rows it did not learn from.

    Rows that it is known to have learnt from are left out; `left_out` says how many. Raises
    DataError where none is left, or for another encoder.
    """
    bundle = read_folder(folder)
    fresh = unseen(bundle, data)
    left_out = 0 if fresh is None else int((~fresh).sum())
    if left_out == len(data):
        raise DataError(f"{folder} learnt from these rows; use --refit to judge it out of fold")
    if fresh is not None:
        data = data.rows(np.flatnonzero(fresh))
    data, head = by_its_policy(bundle, data), head_of(bundle)
    if head.manifest.fingerprint != store.fingerprint:
        raise DataError(f"{folder} was learnt on another encoder: {head.manifest.fingerprint}")
    judged = judge(data, bundle_scores(head, data, store), head.manifest.thresholds)
    result = {**figures(judged), "left_out": left_out, "languages": language_figures(judged)}
    result["curves"] = {
        "confidence": judged.confidence.round(4).tolist(),
        "correct": judged.correct.astype(int).tolist(),
    }
    result["trust"] = trust_figures(judged)
    return {"given": result}


def by_its_policy(bundle: BundleFiles, data: Dataset) -> Dataset:
    """Return the rows with the policy that the bundle's thresholds were chosen by."""
    return replace(data, task=replace(data.task, policy=policy_of(bundle, data.task.policy)))


def bundle_scores(head: Head, data: Dataset, store: EmbeddingStore) -> NDArray[np.float64]:
    """Score (n, columns) calibrated, as serving does; one column for yes/no heads."""
    parts = [score(head, rows) for rows in _batches(head, data, store)]
    scores = np.concatenate(parts).astype(np.float64)
    return scores[:, :1] if data.task.is_yes_no else scores


def bundle_decisions(head: Head, data: Dataset, store: EmbeddingStore) -> tuple[Ints, Bools]:
    """Return the likeliest label's index in the head's labels, and whether it abstains  # (n,).

    As serving does, whatever a head abstains for.
    """
    stack = Stack((head,))
    answers = [stack.predict((0,), rows)[0] for rows in _batches(head, data, store)]
    best = np.array([index for answer in answers for index in answer.best], dtype=np.int64)
    return best, np.array([no for answer in answers for no in answer.abstained], dtype=bool)


def distances_of(head: Head, pairs: Sequence[Pair], store: EmbeddingStore) -> Floats:
    """Return how far texts beside their contexts are from what the head learnt  # (n,).

    Raises ValueError for a head without a limit on such texts.
    """
    texts, contexts = zip(*pairs, strict=True)
    stack = Stack((head,))
    parts = [stack.distances(0, rows) for rows in _batched_rows(head, texts, contexts, store)]
    return np.concatenate(parts).astype(np.float64)


def _batches(head: Head, data: Dataset, store: EmbeddingStore) -> Iterator[list[FeatureRow]]:
    return _batched_rows(head, data.texts, data.contexts, store)


def _batched_rows(
    head: Head, texts: Sequence[str], contexts: Sequence[str], store: EmbeddingStore
) -> Iterator[list[FeatureRow]]:
    views = head.manifest.views
    vectors = store.vectors(texts, views, contexts) if views else {}
    rows = [
        FeatureRow({view: vectors[view][index] for view in views}, text)
        for index, text in enumerate(texts)
    ]
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def write_report(folder: Path, data: Dataset, evaluation: Mapping[str, Any], out: Path) -> Path:
    """Write metrics.json, README.md and pictures apart: a bundle never changes."""
    facts = {**bundle_facts(folder), "evaluation": evaluation}
    target = out / data.task.name
    target.mkdir(parents=True, exist_ok=True)
    files = {"metrics.json": pack_metrics(facts), **draw_pictures(data.task, evaluation)}
    files["README.md"] = model_card(data.task, facts).encode()
    for name, content in files.items():
        (target / name).write_bytes(content)
    return target
