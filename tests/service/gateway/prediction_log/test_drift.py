"""Drift on real databases: references made and chosen, windows kept, vectors read."""

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, insert, select, update

from gateway.prediction_log import sealing, tenant_keys
from gateway.prediction_log.database import add_partitions
from gateway.prediction_log.drift import references
from gateway.prediction_log.drift.references import HeadVersion, ThinReferenceError
from gateway.prediction_log.drift.windows import Drift, latest, measure
from gateway.prediction_log.life_models import DriftReference, HourlyFigure, HourlyState, TenantKey
from gateway.prediction_log.models import PredictionEmbedding
from gateway.prediction_log.sealing import read_keys
from gateway.prediction_log.statistics.query import HOUR, Window
from tests.support.log_rows import START, migrated

pytestmark = pytest.mark.service

KEYS = read_keys("k1:" + base64.b64encode(b"m" * 32).decode())
INTENT = HeadVersion("intent", "2")
USUAL = {"positive": 30, "objection": 50, "other": 20}
STRANGE = {"positive": 60, "objection": 20, "other": 20}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Yield an empty log of each kind of database."""
    with migrated(request.param, tmp_path) as database:
        yield database


def answer(engine: Engine, first: int, count: int, mix: dict[str, int], score: float = 0.8) -> None:
    """Store what was counted of some hours, as the drainer would."""
    chance = np.random.default_rng(first)
    figures: list[dict[str, Any]] = []
    for hour in range(first, first + count):
        rows = chance.multinomial(100, np.array(list(mix.values())) / 100).tolist()
        figures += [
            {
                "hour": START + hour * HOUR, "tenant": "acme", "kind": "label", "name": "intent",
                "version": "2", "role": "production", "value": label, "rows": number,
                "total": number * score, "squares": number * (score**2 + 0.01),
            }
            for label, number in zip(mix, rows, strict=True)
        ]  # fmt: skip
    states = [
        {"hour": START + hour * HOUR, "counted_at": START, "stale": False}
        for hour in range(first, first + count)
    ]
    with engine.begin() as connection:
        connection.execute(insert(HourlyFigure), figures)
        connection.execute(insert(HourlyState), states)


def by_measure(drifts: list[Drift]) -> dict[str, Drift]:
    """Return results by what they measure; all are of the head's version."""
    assert {drift.which for drift in drifts} <= {INTENT}
    return {drift.measure: drift for drift in drifts}


def test_the_first_day_is_the_reference_of_those_that_follow(engine: Engine) -> None:
    """Usual days are no drift, a day of another mix or other scores is; each result is kept."""
    assert measure(engine, None) == []
    answer(engine, 0, 10, USUAL)
    assert measure(engine, None) == []  # too little to compare with
    answer(engine, 10, 38, USUAL)
    usual = by_measure(measure(engine, None))
    assert not usual["label_mix"].distance.drifted
    assert not usual["score"].distance.drifted

    answer(engine, 48, 24, STRANGE, score=0.7)
    strange = by_measure(measure(engine, None))
    assert strange["label_mix"].distance.drifted
    assert strange["score"].distance.drifted
    assert measure(engine, None)  # once more: it is kept once
    with engine.connect() as connection:
        kept = by_measure(latest(connection, Window(START, START + 72 * HOUR)))
        reference = connection.execute(select(DriftReference.__table__)).one()
    assert kept["label_mix"].at == START + 72 * HOUR
    assert kept["label_mix"].distance.value == strange["label_mix"].distance.value
    assert (reference.head, reference.version, reference.rows) == ("intent", "2", 2400)


def test_a_chosen_reference_takes_the_place_of_the_first(engine: Engine) -> None:
    """What is strange is usual from then on; too thin a window is refused, and changes nothing."""
    answer(engine, 0, 48, USUAL)
    answer(engine, 48, 48, STRANGE)
    assert by_measure(measure(engine, None))["label_mix"].distance.drifted
    with engine.begin() as connection:
        with pytest.raises(ThinReferenceError):
            references.choose(connection, INTENT, Window(START, START + HOUR), START)
        window = Window(START + 48 * HOUR, START + 96 * HOUR)
        assert references.choose(connection, INTENT, window, START) == 4800

    assert not by_measure(measure(engine, None))["label_mix"].distance.drifted


def test_vectors_that_move_are_drift(engine: Engine) -> None:
    """Where vectors are logged their mean is compared; without their keys it is not."""
    chance = np.random.default_rng(5)
    centre = chance.normal(size=16)
    answer(engine, 0, 24, USUAL)
    vectors(engine, 0, centre, chance)
    assert "embedding" not in {drift.measure for drift in measure(engine, KEYS)}  # the reference
    answer(engine, 24, 24, USUAL)
    vectors(engine, 24, centre, chance)
    (usual,) = embedding(measure(engine, KEYS))
    assert not usual.distance.drifted
    assert usual.which == HeadVersion("mean@3", "sha256:f")

    answer(engine, 48, 24, USUAL)
    vectors(engine, 48, centre + chance.normal(size=16), chance)
    (moved,) = embedding(measure(engine, KEYS))
    assert moved.distance.drifted
    assert embedding(measure(engine, None)) == []
    with engine.begin() as connection:
        connection.execute(update(TenantKey).values(wrapped=None))
    assert embedding(measure(engine, KEYS)) == []


def embedding(drifts: list[Drift]) -> list[Drift]:
    """Return what was measured of vectors."""
    return [drift for drift in drifts if drift.measure == "embedding"]


def vectors(engine: Engine, first: int, centre: Any, chance: np.random.Generator) -> None:
    """Log 20 vectors about a centre in each hour of a day."""
    with engine.begin() as connection:
        add_partitions(connection, [START.date().replace(day=1)])
        key = tenant_keys.current_key(connection, "acme", KEYS)
        rows = [
            _vector_row(START + (first + hour) * HOUR + number * timedelta(seconds=1),
                        centre + chance.normal(size=16), key, f"{first + hour:013d}{number:013d}")
            for hour in range(24)
            for number in range(20)
        ]  # fmt: skip
        connection.execute(insert(PredictionEmbedding), rows)


def _vector_row(at: datetime, vector: Any, key: Any, name: str) -> dict[str, Any]:
    content = vector.astype(np.float16).tobytes()
    return {
        "at": at, "prediction_id": name, "fingerprint": "sha256:f", "view": "mean@3",
        "tenant": "acme", "dim": 16, "key_id": key.id, "expires_at": at + timedelta(days=30),
        "ciphertext": sealing.seal(key.key, content, f"{name}/sha256:f/mean@3"),
    }  # fmt: skip
