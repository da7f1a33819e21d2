"""When a gateway deletes what is too old, over a SQLite log."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, event, func, select

from gateway.prediction_log.database import default_url, open_database
from gateway.prediction_log.life_models import AuditEntry
from gateway.prediction_log.metrics import UPKEEP_FAILURES
from gateway.prediction_log.models import Prediction
from gateway.prediction_log.purge_watch import PurgeWatch
from gateway.prediction_log.retention import Retention
from tests.support.log_rows import migrated, random_rows

KEPT = Retention(1, 1, {})


def _acts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(AuditEntry.act)).scalars())


def _left(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(Prediction)).scalar_one())


def test_what_is_too_old_is_deleted_once_a_day_and_by_one(tmp_path: Path) -> None:
    """Two gateways share the log: whichever comes first deletes, and the audit says it once."""
    now, going_on = [datetime.now(UTC)], threading.Event()  # as the audit has it, too
    with migrated("sqlite", tmp_path) as engine:
        random_rows(1, 30, 1).insert(engine)
        watches = [PurgeWatch(engine, KEPT, lambda: now[0]) for _ in range(2)]
        for watch in watches * 2:
            watch.look(going_on)
            assert _left(engine) == 0
            assert _acts(engine) == ["purge"]
        with engine.connect() as connection:
            at = connection.execute(select(AuditEntry.at)).scalar_one()
        now[0] = at + timedelta(days=1, minutes=1)
        watches[0].look(going_on)
        assert _acts(engine) == ["purge", "purge"]


def test_a_stop_breaks_a_purge_off_and_the_rest_stays_due(tmp_path: Path) -> None:
    """What was deleted by then stays so, and is in the audit; the next gateway goes on at once."""
    stopping = threading.Event()
    with migrated("sqlite", tmp_path) as engine:
        random_rows(1, 30, 1).insert(engine)

        @event.listens_for(engine, "before_cursor_execute")
        def stop(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("DELETE FROM feedback "):
                stopping.set()

        PurgeWatch(engine, KEPT).run(stopping)
        assert _acts(engine) == ["purge_broken_off"]
        with engine.connect() as connection:
            detail = connection.execute(select(AuditEntry.detail)).scalar_one()
        assert detail["feedback"] > 0
        assert _left(engine) == 30
        PurgeWatch(engine, KEPT).look(threading.Event())
        assert _acts(engine) == ["purge_broken_off", "purge"]
        assert _left(engine) == 0


def test_a_database_without_tables_is_left_to_the_drainer_to_report(tmp_path: Path) -> None:
    """Nothing is deleted, and no failure counted twice."""
    before = UPKEEP_FAILURES._value.get()
    engine = open_database(default_url(tmp_path))
    PurgeWatch(engine, KEPT).look(threading.Event())
    engine.dispose()
    assert UPKEEP_FAILURES._value.get() == before
