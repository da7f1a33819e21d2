"""The drainer's process, as workers keep it: what they hand on is moved before the last ends."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.prediction_log.database import migrate, open_database
from gateway.prediction_log.drain_process import DrainProcess
from gateway.prediction_log.segments import ready_segments
from tests.support.databases import postgres
from tests.support.log_records import ids, put, record
from tests.support.waiting import START_S, until

pytestmark = pytest.mark.service


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a spool's folder, which drainers find in their settings with an empty database."""
    path = tmp_path / "log"
    path.mkdir()
    monkeypatch.setenv("GATEWAY_LOG_DIR", str(path))
    monkeypatch.setenv("GATEWAY_LOG_DATABASE", f"sqlite:///{tmp_path / 'predictions.db'}")
    return path


@pytest.fixture
def engine(folder: Path) -> Iterator[Engine]:
    """Yield the database."""
    database = open_database(f"sqlite:///{folder.parent / 'predictions.db'}")
    migrate(database)
    yield database
    database.dispose()


def patient(folder: Path) -> DrainProcess:
    """Return one that waits at its end however slowly a busy machine starts the drainer."""
    return DrainProcess(folder, finish_s=600)


def test_a_worker_that_never_started_a_drainer_has_its_records_moved(
    folder: Path, engine: Engine
) -> None:
    """It may end within its first second, before its first turn."""
    name, payload = record()
    put(folder, payload)
    patient(folder).close()
    assert ids(engine) == {name}


def test_a_drainer_that_has_ended_is_started_again_at_the_end(folder: Path, engine: Engine) -> None:
    """Also within the time that is left between two starts."""
    process = patient(folder)
    process.tick()
    assert process._process is not None
    process._process.kill()
    process._process.wait()
    name, payload = record()
    put(folder, payload)
    process.close()
    assert ids(engine) == {name}


def test_the_last_worker_moves_what_it_hands_on_after_the_one_with_the_drainer(
    folder: Path, engine: Engine
) -> None:
    """Workers end in any order."""
    first, last = patient(folder), patient(folder)
    first.tick()
    last.tick()
    first.close()
    name, payload = record()
    put(folder, payload)
    last.close()
    assert ids(engine) == {name}


def test_a_worker_leaves_its_records_to_another_that_keeps_the_drainer(
    folder: Path, engine: Engine
) -> None:
    """It ends when they are moved, and starts no second drainer."""
    keeper, other = patient(folder), patient(folder)
    keeper.tick()
    name, payload = record()
    put(folder, payload)
    other.close()
    assert other._process is None
    assert ids(engine) == {name}
    keeper.close()


def test_a_worker_that_ends_while_nobody_can_drain_is_not_held_up(folder: Path) -> None:
    """After ten seconds, here of a clock that jumps, what waits is left to who comes next."""
    times = iter([0.0, 11.0])
    keeper, other = DrainProcess(folder), DrainProcess(folder, lambda: next(times))
    assert keeper._is_mine()
    put(folder, record()[1])
    ended = threading.Thread(target=other.close)
    ended.start()
    until(lambda: not ended.is_alive(), "it waits for ever")
    (waiting,) = ready_segments(folder)
    (folder / waiting.name).unlink()
    keeper.close()


def test_a_gateway_that_stops_waits_for_a_database_that_is_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task's disk goes with it: what waits is moved once the database is back, within a bound."""
    with postgres() as server:
        database = open_database(server.url)
        migrate(database)
        monkeypatch.setenv("GATEWAY_LOG_DATABASE", server.url)
        monkeypatch.setenv("GATEWAY_LOG_FINISH_S", "600")
        process = DrainProcess(folder, finish_s=600)
        server.stop()
        name, payload = record()
        put(folder, payload)
        ended = threading.Thread(target=process.close)
        ended.start()
        until(lambda: process._process is not None)
        assert ended.is_alive()
        server.start()
        until(lambda: not ended.is_alive(), "it does not end", START_S)
        assert ids(database) == {name}


def test_what_drainers_counted_is_kept_in_one_file(
    folder: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files do not pile up with workers that are renewed, each with a drainer of its own."""
    metrics = tmp_path / "metrics"
    metrics.mkdir()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(metrics))
    names = set()
    for _ in range(2):
        name, payload = record()
        names.add(name)
        put(folder, payload)
        patient(folder).close()
    assert ids(engine) == names
    assert {path.name for path in metrics.iterdir()} == {"counter_0.db", "histogram_0.db"}


def test_where_nothing_waits_no_drainer_is_started(folder: Path) -> None:
    """A worker that answered nothing ends at once."""
    process = DrainProcess(folder)
    process.close()
    assert process._process is None
