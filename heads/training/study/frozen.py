"""Learns on the vectors of an encoder that stays as it is: linear members, as heads have them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from heads.training.data.dataset import Dataset
from heads.training.fitting.features import Features, make_features
from heads.training.fitting.recipe import MemberSpec, default_member
from heads.training.fitting.strength import DENSE_PATH, choose, linear_members, path
from heads.training.study.material import Sample
from heads.training.study.strategies import Cost, Encoder, Kind, Prediction

_LAST = 4
_COST = Cost(1.0, 0.002, 0.001)


def static(layers: int) -> tuple[MemberSpec, ...]:
    """Read the mean of the word vectors, before any layer has mixed them."""
    del layers
    return (default_member(("mean@0",)),)


def last(layers: int) -> tuple[MemberSpec, ...]:
    """Read the last layer."""
    return (default_member((f"text@{layers}",)),)


def each(layers: int) -> tuple[MemberSpec, ...]:
    """Read every layer by a member of its own."""
    return tuple(default_member((f"text@{layer}",)) for layer in range(1, layers + 1))


def last_four(layers: int) -> tuple[MemberSpec, ...]:
    """Read the last four layers side by side."""
    return (
        default_member(
            tuple(f"text@{layer}" for layer in range(max(1, layers + 1 - _LAST), layers + 1))
        ),
    )


@dataclass(frozen=True)
class Frozen:
    """Linear members; strengths, and which members stay, are chosen on held-out learnt rows."""

    name: str
    title: str
    members: Callable[[int], tuple[MemberSpec, ...]]
    cost: Cost = _COST
    kind: Kind = "features"
    chance: bool = False
    shares: str = ""

    def lacks(self, learnt: Dataset, others: tuple[Dataset, ...]) -> str:
        """Return "": it can learn from all rows; see Strategy."""
        del learnt, others
        return ""

    def recipe(self, rows: int, encoder: Encoder) -> Mapping[str, object]:
        """Return encoder, members and strengths; see Strategy."""
        del rows
        store = encoder.store
        return {
            "encoder": f"{store.fingerprint} {store.runtime}",
            "members": [member.name for member in self.members(store.layers)],
            "strengths": list(DENSE_PATH),
        }

    def cpu_seconds(self, rows: int, judged: int) -> float:
        """Estimate the cost of a point; see Strategy."""
        return self.cost.of(rows, judged)

    def predict(self, sample: Sample, encoder: Encoder) -> Prediction:
        """Choose, learn and judge; see Strategy."""
        learnt, judged = sample.learnt, sample.judged
        members = self.members(encoder.store.layers)
        begun = time.process_time()
        features = _features(members, learnt, judged, encoder)
        embedding_s = time.process_time() - begun
        choice = choose(members, learnt, features)
        later = np.arange(len(learnt), len(learnt) + len(judged))
        logits = []
        for spec in choice.members:
            steps = [step for step in path(spec) if step.shape.l2 >= spec.shape.l2]
            fitted = linear_members(steps, learnt, features, np.arange(len(learnt)))[-1]
            logits.append(fitted.logits(features, later))
        return Prediction(choice.calibrated.apply(logits).argmax(axis=1), -embedding_s)


def views_of(members: tuple[MemberSpec, ...]) -> tuple[str, ...]:
    """Return every view that some member reads, in order of first use."""
    return tuple(dict.fromkeys(view for member in members for view in member.views))


def _features(
    members: tuple[MemberSpec, ...], learnt: Dataset, judged: Dataset, encoder: Encoder
) -> Features:
    """Return the vectors of the learnt rows, then of the judged ones."""
    texts, contexts = (*learnt.texts, *judged.texts), (*learnt.contexts, *judged.contexts)
    return make_features(encoder.store.vectors(texts, views_of(members), contexts), texts, None)
