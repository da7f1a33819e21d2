"""Keeps in metrics.json what clear replies did out of fold, when a head was learnt from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from heads.bundle.facts import read_facts, table_at
from heads.bundle.reading import BundleFiles
from heads.errors import BundleError
from heads.training.behaviour.material import Material, clear_replies, read_material
from heads.training.behaviour.outcomes import ABSTAINED, Answerer, Floats, Ints, Outcomes
from heads.training.behaviour.suite import clear_trials
from heads.training.behaviour.trials import Result, run
from heads.training.building.inputs import embed_features, make_folds
from heads.training.building.trained import Trained
from heads.training.data.dataset import Dataset
from heads.training.data.near_duplicates import folded
from heads.training.data.provenance import BEHAVIOUR_FACT
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.fitting.calibrated_ensemble import Calibrated, label_scores_of
from heads.training.fitting.cross_fit import CrossFit, store_of
from heads.training.fitting.embeddings import EmbeddingStore, Pair
from heads.training.fitting.ensemble import Member, fit_member
from heads.training.fitting.features import make_features
from heads.training.fitting.recipe import Recipe
from heads.training.fitting.thresholds import floored

Counts = Mapping[str, tuple[int, int, int]]
Record = Mapping[str, Mapping[str, Sequence[int]]]
"""By kind of test and the key of a text: its cases, failures, and cases decided otherwise."""


def with_clear_record(
    trained: Trained,
    data: Dataset,
    store: EmbeddingStore,
    *,
    seed: int = 0,
    cross_fit: CrossFit | None = None,
) -> Trained:
    """Add to a learnt reply head what clear replies did out of fold; another head stays as it is.

    Raises DataError where the shipped material cannot be read.
    """
    task, known = data.task, REPLY_TASKS.get(data.task.name)
    if known is None or (task.labels, task.column) != (known.labels, known.column):
        return trained
    record = clear_record(
        data,
        store,
        trained.recipe,
        DecidingStep.of(trained),
        read_material(),
        seed=seed,
        cross_fit=cross_fit,
    )
    return replace(trained, behaviour=record)


@dataclass(frozen=True)
class DecidingStep:
    """A bundle's own calibration and thresholds, by which its members' logits become decisions."""

    calibrated: Calibrated
    thresholds: Mapping[str, float]

    @classmethod
    def of(cls, trained: Trained) -> DecidingStep:
        """Take them as they are written into the bundle."""
        thresholds = {label: floored(value) for label, value in trained.thresholds.items()}
        return cls(trained.calibrated, thresholds)


def clear_record(
    data: Dataset,
    store: EmbeddingStore,
    recipe: Recipe,
    step: DecidingStep,
    material: Material,
    *,
    seed: int = 0,
    cross_fit: CrossFit | None = None,
) -> Record:
    """Try clear replies on members that have not seen their author, as the gate tries others.

    Calibration and thresholds are the bundle's own, which have seen the author. Only clear replies
    among `data` are tried: the gate asks the bundle itself for the rest. Empty where there is none.
    """
    task = data.task
    clear = clear_replies(task, material.replies, material.second)
    texts = [str(record.fields["text"]) for record in clear]
    learnt = set(map(folded, data.texts))
    fresh = frozenset(text for text in texts if folded(text) in learnt)
    if not fresh:
        return {}
    ask = out_of_fold_answerer(data, store, recipe, step, seed=seed, cross_fit=cross_fit)
    results = run(list(clear_trials(texts, material.mails, fresh)), task.labels, ask)
    return {result.kind: _as_table(result) for result in results}


def recorded(files: BundleFiles) -> Mapping[str, Counts]:
    """Read what a bundle's training recorded, by kind and text; empty where it did not."""
    with suppress(BundleError, ValueError, TypeError, AttributeError):
        table = table_at(read_facts(files), BEHAVIOUR_FACT)
        return {
            kind: {key: (int(c), int(f), int(o)) for key, (c, f, o) in counts.items()}
            for kind, counts in table.items()
        }
    return {}


def out_of_fold_answerer(
    data: Dataset,
    store: EmbeddingStore,
    recipe: Recipe,
    step: DecidingStep,
    *,
    seed: int = 0,
    cross_fit: CrossFit | None = None,
) -> Answerer:
    """Return what asks, for each text, members that learnt from no row of its author.

    The vectors are by an encoder that saw none either, where there is a cross-fit. A text that is
    none of `data` is asked of the first fold's members.
    """
    features = embed_features(data, store, recipe, cross_fit)
    folds = make_folds(data, "author", seed, cross_fit)
    fold_of: dict[str, int] = {}
    asked: list[_Fitted] = []
    for number, fold in enumerate(folds):
        read = features.for_fold(fold)
        members = [
            fit_member(spec, data, read, fold.train, recipe.weighting, seed=seed)
            for spec in recipe.members
        ]
        fold_of |= {folded(data.texts[row]): number for row in fold.test}
        asked.append(_Fitted(members, store_of(fold, store, cross_fit)))

    def ask(pairs: Sequence[Pair]) -> Outcomes:
        owners = np.array([fold_of.get(folded(text), 0) for text, _ in pairs])
        scores = _scores(pairs, owners, asked, step.calibrated, recipe)
        return outcomes_of(data, scores, step.thresholds)

    return ask


def outcomes_of(data: Dataset, scores: Floats, thresholds: Mapping[str, float]) -> Outcomes:
    """Decide on calibrated scores (n, columns) as serving does."""
    task = data.task
    table = label_scores_of(task, scores)
    limits = np.array([thresholds[label] for label in task.labels])
    best = table.argmax(axis=1)
    unsure = table[np.arange(len(table)), best] < limits[best]
    if task.is_yes_no:
        unsure |= (best == 1) & (table[:, 0] >= limits[0])
    return Outcomes(table, best, np.where(unsure, ABSTAINED, best))


@dataclass(frozen=True)
class _Fitted:
    """The members of one fold, and the encoder that they learnt on."""

    members: Sequence[Member]
    store: EmbeddingStore

    def logits(self, pairs: Sequence[Pair], recipe: Recipe) -> list[Floats]:
        texts, contexts = [text for text, _ in pairs], [context for _, context in pairs]
        vectors = self.store.vectors(texts, recipe.views, contexts) if recipe.views else {}
        features = make_features(vectors, texts, recipe.lexical if recipe.reads_text else None)
        everything = np.arange(len(pairs))
        return [member.logits(features, everything) for member in self.members]


def _scores(
    pairs: Sequence[Pair],
    owners: Ints,
    asked: Sequence[_Fitted],
    calibrated: Calibrated,
    recipe: Recipe,
) -> Floats:
    parts, order = [], []
    for number, fitted in enumerate(asked):
        rows = np.flatnonzero(owners == number)
        if len(rows):
            parts.append(
                calibrated.apply(fitted.logits([pairs[row] for row in rows.tolist()], recipe))
            )
            order.append(rows)
    return np.concatenate(parts)[np.argsort(np.concatenate(order))]


def _as_table(result: Result) -> Mapping[str, Sequence[int]]:
    return {group: list(numbers) for group, numbers in result.counts().items()}
