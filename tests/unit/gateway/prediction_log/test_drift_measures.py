"""Distances of drift and their thresholds: chance rarely raises one, a shift does."""

import numpy as np
import pytest

from gateway.prediction_log.drift.measures import (
    LEAST_MIX,
    Array,
    Distance,
    Hour,
    cosine_distance,
    embedding_thresholds,
    label_mix,
    mean_score,
)

MIX = {"positive": 0.3, "objection": 0.5, "other": 0.2}


def hours(count: int, rows: int, seed: int, shift: float = 0.0, score: float = 0.8) -> list[Hour]:
    """Return hours of a mix that `shift` moves from objections to positives."""
    chance = np.random.default_rng(seed)
    shares = np.array(list(MIX.values())) + np.array([shift, -shift, 0.0])
    made = []
    for _ in range(count):
        scores = np.clip(chance.normal(score, 0.1, rows), 0, 1)
        labels = dict(zip(MIX, chance.multinomial(rows, shares).tolist(), strict=True))
        made.append(Hour(labels, float(scores.sum()), float((scores**2).sum())))
    return made


def test_chance_alone_seldom_raises_an_alarm() -> None:
    """Of 30 days without drift hardly any is beyond its threshold: 1 in 1000 is expected."""
    reference = hours(48, 60, 1)
    days = [hours(24, 40, 100 + day) for day in range(30)]
    assert sum(label_mix(reference, day).drifted for day in days) <= 1
    assert sum(mean_score(reference, day).drifted for day in days) <= 1


def test_a_shift_is_seen() -> None:
    """Six points more of one label in a thousand answers, or two points of score, are found."""
    reference = hours(48, 60, 1)
    assert label_mix(reference, hours(24, 40, 2, shift=0.06)).drifted
    assert not label_mix(reference, hours(24, 40, 2)).drifted
    assert mean_score(reference, hours(24, 40, 2, score=0.77)).drifted
    assert mean_score(reference, hours(24, 40, 2, score=0.83)).drifted


def test_the_threshold_is_the_references_own() -> None:
    """A reference whose hours differ allows more; fewer rows allow more; a tiny one is no drift."""
    steady, few = hours(48, 60, 1), hours(24, 10, 2)
    restless = [*hours(24, 60, 3, shift=0.15), *hours(24, 60, 4, shift=-0.15)]
    day = hours(24, 40, 5)
    assert label_mix(restless, day).threshold > label_mix(steady, day).threshold
    assert label_mix(steady, few).threshold > label_mix(steady, day).threshold
    many = label_mix(hours(48, 60_000, 1), hours(24, 60_000, 2))
    assert many.threshold == LEAST_MIX


def test_the_distance_is_jensen_shannons() -> None:
    """0 for equal mixes, 1 for mixes without a common label, the same in both directions."""
    a, b = [Hour({"x": 10}, 5, 3)], [Hour({"y": 20}, 5, 3)]
    assert label_mix(a, a).value == 0
    assert label_mix(a, b).value == label_mix(b, a).value == 1
    half = [Hour({"x": 5, "y": 5}, 5, 3)]
    assert label_mix(a, half).value == pytest.approx(0.5579, abs=1e-4)  # sqrt(0.3113 bits)


def test_means_of_vectors_are_compared_by_their_angle() -> None:
    """The threshold falls with the number of vectors; other mail lies beyond it."""
    chance = np.random.default_rng(1)
    centre = chance.normal(size=32)

    def vectors(count: int, about: Array) -> Array:
        return about + chance.normal(size=(count, 32))

    thresholds = embedding_thresholds([vectors(25, centre) for _ in range(24)], (200, 600))
    assert thresholds[600] < thresholds[200]
    same = cosine_distance(vectors(600, centre).mean(axis=0), centre)
    other = cosine_distance(vectors(600, centre + 0.5 * chance.normal(size=32)).mean(axis=0), centre)  # fmt: skip  # noqa: E501
    assert not Distance(same, thresholds[600]).drifted
    assert Distance(other, thresholds[600]).drifted
