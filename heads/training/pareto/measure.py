"""Measures one point: a cheap head on one view of an encoder, its behaviour, and CPU time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from heads.training.behaviour.material import Material, clear_replies
from heads.training.behaviour.outcomes import ABSTAINED, Answerer, Outcomes
from heads.training.behaviour.recorded import outcomes_of
from heads.training.behaviour.suite import trials
from heads.training.behaviour.trials import Result, run
from heads.training.building.inputs import make_folds
from heads.training.data.dataset import Dataset
from heads.training.data.provenance import count_known, data_digest, row_key, row_keys
from heads.training.data.splits import in_learnt_languages
from heads.training.errors import DataError
from heads.training.evaluation.out_of_fold import Judged, figures, judge, last_step, member_logits
from heads.training.fitting.calibrated_ensemble import Calibrated
from heads.training.fitting.cross_fit import CrossFit
from heads.training.fitting.embeddings import EmbeddingStore, Pair
from heads.training.fitting.ensemble import Member, fit_member
from heads.training.fitting.features import make_features
from heads.training.fitting.recipe import Recipe, parse_members
from heads.training.pareto.cost import measure_cost
from heads.training.pareto.points import HEADS, INTENT, HeadFigures, Place, Point

_COST_TEXTS: Final = 96


@dataclass(frozen=True)
class Rows:
    """Rows of each head to learn from, and of writers that neither head nor encoder learnt from."""

    learnt: Mapping[str, Dataset]
    held_out: Mapping[str, Dataset]

    def facts(self) -> dict[str, str]:
        """Return digests of all rows."""
        parts = {"learnt": self.learnt, "held_out": self.held_out}
        return {
            f"{part}/{name}": data_digest(data)
            for part, datasets in parts.items()
            for name, data in datasets.items()
        }


def never_met(held_out: Dataset, learnt: Dataset, tuned_on: Set[str], language: str) -> Dataset:
    """Return the held-out rows in a language ("" for all) that no head and no encoder has learnt.

    "No" stands in many files. Raises DataError where none is left.
    """
    known = tuned_on | row_keys(learnt)
    kept = [
        row
        for row, key in enumerate(map(row_key, held_out.texts, held_out.contexts))
        if key not in known and language in ("", held_out.languages[row])
    ]
    if not kept:
        raise DataError("no held-out row is left that nothing learnt from")
    return held_out.rows(np.array(kept))


@dataclass(frozen=True)
class EncoderUnderTest:
    """An encoder in one number format, those tuned without some writers, and the depths to read.

    All depths are embedded in one pass, which the first point of them pays for.
    """

    store: EmbeddingStore
    cross_fit: CrossFit | None
    depths: tuple[int, ...]

    @property
    def views(self) -> tuple[str, ...]:
        """Return a view a depth."""
        return tuple(f"text@{depth}" for depth in self.depths)

    def facts(self) -> dict[str, object]:
        """Return what of the encoders a point's figures hang on."""
        others = self.cross_fit.stores if self.cross_fit else ()
        stores = (self.store, *others)
        return {"encoders": [[store.fingerprint, store.runtime] for store in stores]}


def measure_point(place: Place, encoder: EncoderUnderTest, rows: Rows, material: Material) -> Point:
    """Learn, judge and ask the cheap heads of a place, and measure its CPU time.

    Raises DataError for held-out rows that the encoder or a head learnt from.
    """
    torch.set_num_threads(1)  # reproducible sums, as in training
    for name in HEADS:
        _refuse_known(rows.learnt[name], rows.held_out[name], encoder.store)
    learnt = {name: _learn(rows.learnt[name], place, encoder) for name in HEADS}
    measured = {name: learnt[name].figures(rows.held_out[name]) for name in HEADS}
    behaviour = _behaviour(learnt[INTENT], rows, material)
    held_out = rows.held_out[INTENT]
    pairs = sorted(
        zip(held_out.texts, held_out.contexts, strict=True), key=lambda pair: row_key(*pair)
    )
    cost = measure_cost(encoder.store.loaded, pairs[:_COST_TEXTS], place.depth)
    return Point(place, measured, behaviour, cost)


@dataclass(frozen=True)
class _CheapHead:
    """A linear member on one view, with calibration and thresholds learnt out of fold."""

    data: Dataset
    member: Member
    calibrated: Calibrated
    thresholds: Mapping[str, float]
    encoder: EncoderUnderTest

    def answers(self, pairs: Sequence[Pair]) -> Outcomes:
        """Answer for texts and their contexts, as serving would."""
        return outcomes_of(self.data, self._scores(pairs), self.thresholds)

    def figures(self, held_out: Dataset) -> HeadFigures:
        """Judge it on rows of writers whom it has not met."""
        pairs = list(zip(held_out.texts, held_out.contexts, strict=True))
        judged: Judged = judge(held_out, self._scores(pairs), self.thresholds)
        its = figures(judged)
        low, high = its["macro_f1_interval"]
        decided = np.where(judged.answered, judged.best, ABSTAINED)
        return HeadFigures(
            len(held_out), its["macro_f1"], low, high, its["coverage"], its["answered_accuracy"],
            tuple(decided.tolist()),
        )  # fmt: skip

    def _scores(self, pairs: Sequence[Pair]) -> np.ndarray:
        texts, contexts = [text for text, _ in pairs], [context for _, context in pairs]
        vectors = self.encoder.store.vectors(texts, self.encoder.views, contexts)
        features = make_features(vectors, texts, None)
        return self.calibrated.apply([self.member.logits(features, np.arange(len(pairs)))])


def _learn(data: Dataset, place: Place, encoder: EncoderUnderTest) -> _CheapHead:
    recipe = Recipe(parse_members(place.view))
    by_encoder = encoder.cross_fit.vectors(data, encoder.views) if encoder.cross_fit else ()
    vectors = encoder.store.vectors(data.texts, encoder.views, data.contexts)
    features = make_features(vectors, data.texts, None, by_encoder)
    folds = make_folds(data, "source", 0, encoder.cross_fit)
    logits = member_logits(recipe, data, features, folds)
    usable = in_learnt_languages(data.languages, folds)
    calibrated, thresholds = last_step(data.rows(usable), [some[usable] for some in logits])
    everything = np.arange(len(data))
    (spec,) = recipe.members
    member = fit_member(spec, data, features, everything, recipe.weighting, seed=0)
    return _CheapHead(data, member, calibrated, thresholds, encoder)


def _behaviour(head: _CheapHead, rows: Rows, material: Material) -> dict[str, tuple[int, int]]:
    """Count failures and cases by kind; clear replies are asked of held-out writers alone."""
    task = head.data.task
    clear = [
        str(record.fields["text"])
        for record in clear_replies(task, material.replies, material.second)
    ]
    fresh = frozenset(rows.held_out[task.name].texts).intersection(clear)
    ask: Answerer = head.answers
    results = run(list(trials(task, material, clear, fresh)), task.labels, ask)
    return {result.kind: _counts(result) for result in results if result.cases}


def _counts(result: Result) -> tuple[int, int]:
    return result.failures, result.cases


def _refuse_known(learnt: Dataset, held_out: Dataset, store: EmbeddingStore) -> None:
    """Raise DataError where held-out rows are known: every figure would be too good."""
    known = count_known(held_out, store.tuned_on)
    shared = count_known(held_out, row_keys(learnt))
    if known or shared:
        raise DataError(
            f"{held_out.task.name}: of {len(held_out)} held-out rows {known} tuned the encoder and "
            f"{shared} are learnt from"
        )
