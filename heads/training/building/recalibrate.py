"""Chooses a bundle's calibration and thresholds anew on rows of one's own; weights stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from heads.bundle.reading import BundleFiles, tensors
from heads.inference.head import Head
from heads.manifest import Calibration
from heads.policy import OptOutThresholds
from heads.training.building.evaluate import bundle_facts, bundle_scores, by_its_policy
from heads.training.building.inputs import make_folds
from heads.training.building.variant import write_variant
from heads.training.data.dataset import Dataset, label_counts
from heads.training.data.provenance import (
    BEHAVIOUR_FACT,
    ROWS_FILE,
    data_digest,
    known_rows,
    pack_rows,
    row_keys,
    unseen,
)
from heads.training.data.splits import random_folds
from heads.training.errors import DataError, TooFewRowsError
from heads.training.evaluation.out_of_fold import Judged
from heads.training.evaluation.trust import target_figures
from heads.training.fitting.calibrated_ensemble import decide
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.recalibration import LastStep, refit
from heads.training.metrics import Floats, expected_calibration_error

MIN_ROWS = 100
_FOLDS = 5


@dataclass(frozen=True)
class Recalibrated:
    """A bundle's new last step, and what it does to the rows that it was chosen on.

    `data` are those rows, `left_out` counts those that the bundle had learnt from. `before` and
    `after` are figures of the old step, and of new ones that had not seen the judged rows.
    """

    bundle: BundleFiles
    data: Dataset
    left_out: int
    old: LastStep
    new: LastStep
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def recalibrate(bundle: BundleFiles, data: Dataset, store: EmbeddingStore) -> Recalibrated:
    """Choose temperature (Platt's pair for yes/no) and thresholds on rows new to the bundle.

    Labels with too few rows keep their thresholds. Raises TooFewRowsError under MIN_ROWS rows;
    DataError for another encoder and for heads of several labels at once.
    """
    manifest = bundle.manifest
    if manifest.kind == "sigmoid" and not manifest.binary:
        raise DataError(f"{manifest.name} decides several labels at once: train it anew instead")
    if manifest.fingerprint != store.fingerprint:
        raise DataError(f"{bundle.location} was learnt on another encoder: {manifest.fingerprint}")
    fresh = unseen(bundle, data)
    left_out = 0 if fresh is None else int((~fresh).sum())
    if fresh is not None:
        data = data.rows(np.flatnonzero(fresh))
    _enough(bundle, len(data), left_out)
    data = by_its_policy(bundle, data)
    plain = manifest.model_copy(update={"calibration": Calibration()})
    mean = bundle_scores(Head.build(plain, tensors(bundle)), data, store)
    old = LastStep.of(manifest)
    return Recalibrated(
        bundle,
        data,
        left_out,
        old,
        refit(data, mean, old),
        _figures(_judged(data, old.apply(mean), old)),
        _figures(_judged_held_out(data, mean, old)),
    )


def write_recalibrated(catalog: Path, done: Recalibrated, version: str) -> Path:
    """Write the version and return its folder; it holds digests and counts of the rows, no text.

    The gate takes the rows for seen by it. Raises BundleExistsError when the version exists.
    """
    manifest, data = done.bundle.manifest, done.data
    old_facts = bundle_facts(catalog / manifest.name / manifest.version)
    record = {
        "of_version": manifest.version,
        "rows": len(data),
        "labels": dict(label_counts(data)),
        "data_sha256": data_digest(data),
        "calibration": {"old": done.old.calibration(), "new": done.new.calibration()},
        "thresholds": {"old": done.old.thresholds, "new": done.new.thresholds},
        "kept": list(done.new.kept),
        "held_out": {"before": done.before, "after": done.after},
    }
    # What behaviour was recorded is that of the old calibration and thresholds.
    facts = {
        **{name: fact for name, fact in old_facts.items() if name != BEHAVIOUR_FACT},
        "version": version,
        "thresholds": done.new.thresholds,
        "recalibrated": record,
    }
    changes: dict[str, Any] = {
        "version": version,
        "calibration": done.new.calibration(),
        "thresholds": {**manifest.thresholds, **done.new.thresholds},
    }
    if manifest.opt_out is not None:
        changes["opt_out"] = _moved(manifest.opt_out, done).model_dump()
        facts["opt_out"] = {**facts.get("opt_out", {}), "thresholds": changes["opt_out"]}
    seen = known_rows(done.bundle)
    extra = {} if seen is None else {ROWS_FILE: pack_rows(seen | row_keys(data))}
    return write_variant(catalog, done.bundle, data.task, changes, facts, extra)


def _enough(bundle: BundleFiles, rows: int, left_out: int) -> None:
    if rows >= MIN_ROWS:
        return
    manifest = bundle.manifest
    learnt = f" ({left_out} more were learnt from by version {manifest.version})" * (left_out > 0)
    raise TooFewRowsError(
        f"{manifest.name}: {rows} rows to calibrate on{learnt}, {MIN_ROWS} are needed: give more "
        f"labelled rows (--data), or stay with version {manifest.version}"
    )


def _judged(data: Dataset, scores: Floats, step: LastStep) -> Judged:
    return Judged(data, scores, *decide(data.task, scores, step.thresholds))


def _judged_held_out(data: Dataset, mean: Floats, old: LastStep) -> Judged:
    """Judge each row by a step chosen on other authors' rows; on other rows where there is one."""
    try:
        folds = make_folds(data, "author", 0)
    except TooFewRowsError:
        folds = random_folds(data.strata, folds=_FOLDS, seed=0)
    scores = np.zeros(mean.shape)
    best = np.zeros(len(data), dtype=np.int64)
    confidence, answered = np.zeros(len(data)), np.zeros(len(data), dtype=bool)
    for fold in folds:
        step = refit(data.rows(fold.train), mean[fold.train], old)
        scores[fold.test] = step.apply(mean[fold.test])
        best[fold.test], confidence[fold.test], answered[fold.test] = decide(
            data.task, scores[fold.test], step.thresholds
        )
    return Judged(data, scores, best, confidence, answered)


def _figures(judged: Judged) -> dict[str, Any]:
    answered = judged.answered
    return {
        "coverage": float(answered.mean()),
        "answered_accuracy": float(judged.correct[answered].mean()) if answered.any() else 0.0,
        "ece": expected_calibration_error(judged.confidence, judged.correct),
        "labels": target_figures(judged),
    }


def _moved(opt_out: OptOutThresholds, done: Recalibrated) -> OptOutThresholds:
    """Carry [opt_out] over to the new scale: the same replies are yes, the same are looked at."""
    yes, review = done.new.moved(np.array([opt_out.yes, opt_out.review]), done.old).tolist()
    return OptOutThresholds(yes=yes, review=min(review, yes))
