"""From spool to database, on real ones: each record once, erased subjects never, keys that go."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from gateway.api.ids import new_id
from gateway.prediction_log import rejected, sealing
from gateway.prediction_log.database import default_url, migrate, open_database
from gateway.prediction_log.drainer import Drainer, TextDays
from gateway.prediction_log.life_models import Erasure, HourlyState, TenantKey
from gateway.prediction_log.models import PredictionText
from gateway.prediction_log.sealing import UnsealError, read_keys, subject_digest
from gateway.prediction_log.statistics.query import hour_of
from gateway.prediction_log.tenant_keys import key_by_id
from tests.support.databases import postgres
from tests.support.log_records import KEYS, ids, put, record

pytestmark = pytest.mark.service

DAYS = TextDays(30, {"acme": (30, 7)})


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Yield a migrated database of each kind."""
    if request.param == "sqlite":
        database = open_database(default_url(tmp_path))
        migrate(database)
        yield database
        database.dispose()
        return
    with postgres() as server:
        database = open_database(server.url)
        migrate(database)
        yield database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a spool's folder."""
    path = tmp_path / "log"
    path.mkdir()
    return path


def drainer(folder: Path, engine: Engine) -> Drainer:
    """Return a drainer with keys."""
    return Drainer(folder, engine, KEYS, DAYS)


def test_a_file_that_is_moved_twice_is_there_once(engine: Engine, folder: Path) -> None:
    """As after a crash between the commit and the file's removal; nothing is left in the spool."""
    records = dict(record() for _ in range(1_200))
    for _ in range(2):
        put(folder, *records.values())
        assert drainer(folder, engine).run_once() == 1

    assert ids(engine) == set(records)
    assert not list(folder.glob("*.ready"))


def test_a_record_of_a_month_long_ago_finds_its_partition(engine: Engine, folder: Path) -> None:
    """Also one of a clock that was set wrong, before or after now."""
    records = dict(record(at=at) for at in (1_000_000_000.0, 1_764_547_199.999, 4_000_000_000.0))
    put(folder, *records.values())
    drainer(folder, engine).run_once()

    assert ids(engine) == set(records)


def test_what_is_erased_does_not_come_back(engine: Engine, folder: Path) -> None:
    """What waits of a subject when it is erased makes no row; what is answered later does."""
    early, first = record("acme", "s-1", at=1_700_000_000)
    late, second = record("acme", "s-1", at=1_700_000_900)
    other, third = record("beta", "s-1", at=1_700_000_000)
    put(folder, first, second, third)
    erasure = {
        "id": new_id(), "tenant": "acme", "subject_digest": subject_digest("acme", "s-1"),
        "asked_at": datetime.fromtimestamp(1_700_000_500, UTC), "state": "done", "counts": {},
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(Erasure), [erasure])
    drainer(folder, engine).run_once()

    assert ids(engine) == {late, other}
    assert early not in ids(engine)


def test_a_record_that_the_database_refuses_costs_no_other(engine: Engine, folder: Path) -> None:
    """It is set aside, whole, and all others are recorded."""
    records = dict(record() for _ in range(4))
    _, broken = record(kept_chars="many")
    _, missing = record(decision={})
    put(folder, *records.values(), broken, b'{"no":"record"}', missing)
    drainer(folder, engine).run_once()

    set_aside = (folder / rejected.FOLDER / "records").read_bytes().splitlines()
    refused = {line[9:] for line in set_aside}
    assert {b'{"no":"record"}', missing} <= refused
    assert set(records) <= ids(engine)
    assert len(ids(engine)) + len(refused) == 7


def test_a_tenants_key_opens_its_words_and_no_others(engine: Engine, folder: Path) -> None:
    """Each tenant has one; without its key, or the key of the settings, nothing can be read."""
    put(
        folder,
        *(record(tenant, text=f"words of {tenant}")[1] for tenant in ("acme", "beta", "acme")),
    )
    drainer(folder, engine).run_once()

    with engine.begin() as connection:
        rows = list(connection.execute(select(PredictionText.__table__)))
        assert len({(row.tenant, row.key_id) for row in rows}) == 2
        for row in rows:
            assert (row.expires_at - row.at).days == (7 if row.tenant == "acme" else 30)
            key = key_by_id(connection, row.key_id, KEYS)
            text = sealing.unseal(key, row.ciphertext, f"{row.prediction_id}/text")
            assert text.decode() == f"words of {row.tenant}"
        with pytest.raises(UnsealError):
            key_by_id(connection, rows[0].key_id, read_keys("k1:" + "b" * 43 + "="))
        connection.execute(update(TenantKey).values(wrapped=None, dropped_at=datetime.now(UTC)))
        with pytest.raises(UnsealError):
            key_by_id(connection, rows[0].key_id, KEYS)


def test_after_a_key_was_dropped_another_is_made(engine: Engine, folder: Path) -> None:
    """New words of that tenant are sealed again, and the old ones stay shredded."""
    for _ in range(2):
        put(folder, record("acme", text="words")[1])
        drainer(folder, engine).run_once()
        with engine.begin() as connection:
            connection.execute(update(TenantKey).values(wrapped=None, dropped_at=datetime.now(UTC)))

    with engine.connect() as connection:
        assert len(set(connection.execute(select(PredictionText.key_id)).scalars())) == 2


def test_rows_that_come_make_their_hours_stale(engine: Engine, folder: Path) -> None:
    """In the same transaction, so that statistics never rest on figures that lack them."""
    put(folder, record(at=1_700_000_000)[1], record(at=1_700_000_100)[1])
    drainer(folder, engine).run_once()
    with engine.begin() as connection:
        states = connection.execute(select(HourlyState.hour, HourlyState.stale)).all()
        connection.execute(update(HourlyState).values(stale=False))
    assert states == [(hour_of(datetime.fromtimestamp(1_700_000_000, UTC)), True)]

    put(folder, record(at=1_700_000_200)[1])
    drainer(folder, engine).run_once()
    with engine.connect() as connection:
        assert connection.execute(select(HourlyState.stale)).scalars().all() == [True]
