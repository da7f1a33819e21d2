"""A purge beside others that use the log: by real PostgreSQL, which knows who waits for whom."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, select, text

from gateway.prediction_log.life_models import AuditEntry
from gateway.prediction_log.models import Prediction
from gateway.prediction_log.queries import audit
from gateway.prediction_log.queries.purge import purge_if_due
from gateway.prediction_log.queries.retention import OldRows, delete_some
from gateway.prediction_log.retention import Retention
from tests.support.log_rows import migrated, random_rows
from tests.support.waiting import until

KEPT = Retention(10_000, 10_000, {"acme": (1, 1)})
"""Months stay, for the others' sake; the rows of one tenant go."""
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE query LIKE 'DELETE FROM prediction %' AND wait_event_type = 'Lock'"
)


@contextmanager
def _held_up(engine: Engine) -> Iterator[None]:
    """Hold a row that a purge is to delete."""
    with engine.begin() as connection:
        rows = select(Prediction.id).where(Prediction.tenant == "acme")
        connection.execute(rows.with_for_update())
        yield


def _wait_for_purge(engine: Engine) -> None:
    def waits() -> bool:
        with engine.connect() as connection:
            return bool(connection.execute(_WAITING).scalar_one())

    until(waits, "the purge does not come to the row")


def _purge(engine: Engine) -> object:
    return purge_if_due(engine, KEPT, datetime.now(UTC), threading.Event())


def test_reading_and_erasing_do_not_wait_for_a_purge(tmp_path: Path) -> None:
    """The audit can be appended to meanwhile; a second gateway leaves the purge to the first."""
    with migrated("postgresql", tmp_path) as engine, ThreadPoolExecutor() as threads:
        random_rows(1, 60, 1).insert(engine)
        with _held_up(engine):
            purging = threads.submit(_purge, engine)
            _wait_for_purge(engine)
            with engine.begin() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '10s'"))
                audit.append(connection, audit.Act("read_text", "somebody"))
            assert _purge(engine) is None
        assert purging.result(60)
        with engine.connect() as connection:
            acts = select(AuditEntry.act).order_by(AuditEntry.seq)
            assert list(connection.execute(acts).scalars()) == ["read_text", "purge"]
            assert audit.verify(connection).entries == 2
            rows = select(func.count()).select_from(Prediction)
            assert not connection.execute(rows.where(Prediction.tenant == "acme")).scalar_one()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_large_purge_goes_in_small_parts(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many rows go as in one part; one that is stopped leaves the rest due, and says so."""
    stopping, parts = threading.Event(), list[int]()
    monkeypatch.setattr("gateway.prediction_log.queries.purge.BATCH_ROWS", 7)

    def counted(connection: Connection, rows: OldRows, most: int) -> int:
        parts.append(delete_some(connection, rows, most))
        if len(parts) == 4:
            stopping.set()
        return parts[-1]

    monkeypatch.setattr("gateway.prediction_log.queries.purge.delete_some", counted)
    with migrated(kind, tmp_path) as engine:
        random_rows(1, 60, 1).insert(engine)
        table = select(func.count()).select_from(Prediction)
        with engine.connect() as connection:
            old = connection.execute(table.where(Prediction.tenant == "acme")).scalar_one()
            others = connection.execute(table.where(Prediction.tenant != "acme")).scalar_one()
        assert purge_if_due(engine, KEPT, datetime.now(UTC), stopping)
        assert len(parts) == 4
        stopping.clear()
        assert purge_if_due(engine, KEPT, datetime.now(UTC), stopping)
        assert max(parts) == 7 < old
        with engine.connect() as connection:
            acts = connection.execute(select(AuditEntry.act).order_by(AuditEntry.seq)).scalars()
            assert list(acts) == ["purge_broken_off", "purge"]
            left = connection.execute(table).scalar_one()
        assert left == others
