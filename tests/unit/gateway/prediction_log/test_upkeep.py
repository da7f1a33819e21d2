"""What the drainer does between its turns, over a SQLite log."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.prediction_log import upkeep
from gateway.prediction_log.database import default_url, open_database
from gateway.prediction_log.drift.measures import Distance
from gateway.prediction_log.drift.references import HeadVersion
from gateway.prediction_log.drift.windows import Drift
from gateway.prediction_log.life_models import HourlyFigure
from gateway.prediction_log.metrics import DRIFT_DISTANCE, DRIFT_THRESHOLD, UPKEEP_FAILURES
from gateway.prediction_log.statistics.rollup import mark_stale
from gateway.prediction_log.upkeep import Upkeep
from tests.support.log_rows import START, migrated, random_rows


def test_hours_that_have_ended_are_counted_once_a_minute(tmp_path: Path) -> None:
    """Between two minutes nothing is looked at."""
    clock = [0.0]
    with migrated("sqlite", tmp_path) as engine:
        keeper = Upkeep(engine, None, lambda: START + timedelta(days=1), lambda: clock[0])
        keeper.tick()
        random_rows(1, 30, 1).insert(engine)
        with engine.begin() as connection:
            mark_stale(connection, [START])
        query = select(func.count()).select_from(HourlyFigure)
        counts = []
        for now in (59.0, 60.0):
            clock[0] = now
            keeper.tick()
            with engine.connect() as connection:
                counts.append(connection.execute(query).scalar_one())
    assert counts[0] == 0 < counts[1]


def test_a_failure_is_counted_and_ends_nothing(tmp_path: Path) -> None:
    """Without tables a turn fails; the drainer goes on."""
    before = UPKEEP_FAILURES._value.get()
    engine = open_database(default_url(tmp_path))
    Upkeep(engine).tick()
    engine.dispose()
    assert UPKEEP_FAILURES._value.get() == before + 1


def test_drift_that_is_measured_no_longer_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that answers no more raises no alarm for ever; its threshold is shown with it."""
    found = [Drift(START, HeadVersion("left", "1"), "label_mix", 900, Distance(0.2, 0.05))]
    results = iter([found, []])
    monkeypatch.setattr(upkeep, "measure", lambda *_: next(results))
    monkeypatch.setattr(upkeep, "roll_up", lambda *_: [START])
    clock = [0.0]
    keeper = Upkeep(open_database(default_url(tmp_path)), None, clock=lambda: clock[0])
    shown = []
    for now in (0.0, 60.0):
        clock[0] = now
        keeper.tick()
        labels = ("left", "1", "label_mix")
        gauges = (DRIFT_DISTANCE.labels(*labels), DRIFT_THRESHOLD.labels(*labels))
        shown.append([gauge._value.get() for gauge in gauges])
    assert shown == [[0.2, 0.05], [0.0, 0.0]]
