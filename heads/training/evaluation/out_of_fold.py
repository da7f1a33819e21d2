"""Scores rows by members that never saw them, and turns the scores into figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heads.training import metrics
from heads.training.data.dataset import Dataset
from heads.training.data.splits import Fold, in_learnt_languages
from heads.training.fitting.calibrated_ensemble import (
    Calibrated,
    calibrate,
    choose_thresholds,
    decide,
    loss_of,
)
from heads.training.fitting.ensemble import out_of_fold_logits
from heads.training.fitting.features import Features
from heads.training.fitting.recipe import Recipe
from heads.training.metrics import Bools, Floats, Ints

_ACCURACY_WANTED = 0.90
_BY_LABEL = ("labels", "confusion")


@dataclass(frozen=True)
class Judged:
    """Calibrated scores (n, columns) of rows, and what would be decided on them."""

    data: Dataset
    scores: Floats
    best: Ints
    confidence: Floats
    answered: Bools

    @property
    def correct(self) -> Bools:
        """Whether the best label is the true one."""
        return np.asarray(self.best == self.data.truth)

    def rows(self, chosen: Ints) -> Judged:
        """Return the chosen rows, in that order."""
        return Judged(
            self.data.rows(chosen),
            self.scores[chosen],
            self.best[chosen],
            self.confidence[chosen],
            self.answered[chosen],
        )


def judge(data: Dataset, scores: Floats, thresholds: Mapping[str, float]) -> Judged:
    """Decide on calibrated scores at given thresholds."""
    return Judged(data, scores, *decide(data.task, scores, thresholds))


def member_logits(
    recipe: Recipe, data: Dataset, features: Features, folds: Sequence[Fold], *, seed: int = 0
) -> list[Floats]:
    """Score out of fold by each of the recipe's members."""
    return out_of_fold_logits(recipe.members, data, features, folds, recipe.weighting, seed=seed)


def last_step(data: Dataset, logits: Sequence[Floats]) -> tuple[Calibrated, dict[str, float]]:
    """Learn calibration and thresholds on rows scored by members that have not seen them."""
    calibrated = calibrate(data.task, logits, data.targets)
    return calibrated, choose_thresholds(data, calibrated.apply(logits))


def judge_out_of_fold(data: Dataset, logits: Sequence[Floats], folds: Sequence[Fold]) -> Judged:
    """Judge every tested row by members, calibration and thresholds learnt without its fold.

    The last two are learnt on rows in languages that their own fold learnt too.
    """
    scores = np.zeros(data.targets.shape)
    best = np.zeros(len(data), dtype=np.int64)
    confidence, answered = np.zeros(len(data)), np.zeros(len(data), dtype=bool)
    usable = in_learnt_languages(data.languages, folds)
    for fold in folds:
        known = np.intersect1d(fold.train, usable)
        calibrated, limits = last_step(data.rows(known), [member[known] for member in logits])
        scores[fold.test] = calibrated.apply([member[fold.test] for member in logits])
        best[fold.test], confidence[fold.test], answered[fold.test] = decide(
            data.task, scores[fold.test], limits
        )
    judged = Judged(data, scores, best, confidence, answered)
    tested = np.sort(np.concatenate([fold.test for fold in folds]))
    return judged if len(tested) == len(data) else judged.rows(tested)


def figures(judged: Judged) -> dict[str, Any]:
    """Compute all figures of one judged set, as plain values for metrics.json."""
    data = judged.data
    if (data.truth < 0).any():
        return _several_figures(judged)
    labels = data.task.labels
    table = metrics.confusion(data.truth, judged.best, len(labels))

    def macro(rows: Ints) -> float:
        return metrics.macro_f1(metrics.confusion(data.truth[rows], judged.best[rows], len(labels)))

    coverage, accuracy = metrics.risk_coverage(judged.confidence, judged.correct)
    reached = np.flatnonzero(accuracy >= _ACCURACY_WANTED)
    second = [int(b) in accepted for b, accepted in zip(judged.best, data.lenient, strict=True)]
    return {
        "rows": len(data),
        "authors": len(set(data.authors)),
        "accuracy": float(judged.correct.mean()),
        "lenient_accuracy": float(np.mean(second)),
        "macro_f1": metrics.macro_f1(table),
        "macro_f1_interval": metrics.bootstrap_interval(macro, data.authors),
        "weighted_f1": metrics.weighted_f1(table),
        "log_loss": loss_of(data.task, judged.scores, data.targets),
        "ece": metrics.expected_calibration_error(judged.confidence, judged.correct),
        "coverage": float(judged.answered.mean()),
        "answered_accuracy": _mean(judged.correct[judged.answered]),
        "coverage_at_0.90_accuracy": float(coverage[reached[-1]]) if len(reached) else 0.0,
        "labels": _per_label(judged, table),
        "confusion": table.tolist(),
    }


def language_figures(judged: Judged) -> dict[str, Any]:
    """Compute the figures of each language's rows, most rows first; none where there is one."""
    counts = Counter(judged.data.languages)
    if len(counts) < 2:
        return {}
    written = np.array(judged.data.languages)
    result = {}
    for language, _ in counts.most_common():
        measured = figures(judged.rows(np.flatnonzero(written == language)))
        result[language] = {name: measured[name] for name in measured if name not in _BY_LABEL}
    return result


def _mean(values: NDArray[np.generic]) -> float:
    return float(values.mean()) if len(values) else 0.0


def _per_label(judged: Judged, table: Ints) -> dict[str, Any]:
    data, size = judged.data, len(table)
    # One set of resamples for all labels: with hundreds of labels they take longer than the fits.
    resampled = np.stack(
        [
            metrics.label_f1(metrics.confusion(data.truth[rows], judged.best[rows], size))
            for rows in metrics.resamples(data.authors, rounds=200)
        ]
    )
    result = {}
    for index, (label, score) in enumerate(
        zip(data.task.labels, metrics.label_scores(table), strict=True)
    ):
        decided = judged.answered & (judged.best == index)
        result[label] = {
            "precision": score.precision,
            "recall": score.recall,
            "f1": score.f1,
            "f1_interval": metrics.percentile_interval(resampled[:, index].tolist()),
            "support": score.support,
            "decided": int(decided.sum()),
            "decided_precision": _mean(judged.correct[decided]),
        }
    return result


def _several_figures(judged: Judged) -> dict[str, Any]:
    """Measure a head of any number of labels: each label is its own yes/no question."""
    data = judged.data
    truth = data.targets >= 0.5
    decided = judged.scores >= 0.5
    labels = {}
    for index, label in enumerate(data.task.labels):
        table = metrics.confusion(truth[:, index].astype(int), decided[:, index].astype(int), 2)
        score = metrics.label_scores(table)[1]
        labels[label] = {
            "precision": score.precision,
            "recall": score.recall,
            "f1": score.f1,
            "support": score.support,
        }
    confidence = np.maximum(judged.scores, 1.0 - judged.scores).ravel()
    return {
        "rows": len(data),
        "authors": len(set(data.authors)),
        "exact_match": float((truth == decided).all(axis=1).mean()),
        "macro_f1": float(np.mean([label["f1"] for label in labels.values()])),
        "log_loss": loss_of(data.task, judged.scores, data.targets),
        "ece": metrics.expected_calibration_error(confidence, (truth == decided).ravel()),
        "labels": labels,
    }
