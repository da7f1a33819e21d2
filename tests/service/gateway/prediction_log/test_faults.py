"""Every answered request is recorded once in the end, whatever fails; on real databases."""

import contextlib
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.databases import Postgres, postgres
from tests.support.logged_gateway import logged_gateway
from tests.support.waiting import until

pytestmark = pytest.mark.service

_LOST = 'gateway_log_records_total{result="lost"}'
_SCHEMA = 'gateway_log_drain_failures_total{why="schema"}'


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the address of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'predictions.db'}"
        return
    with postgres() as server:
        yield server.url


@pytest.fixture
def server() -> Iterator[Postgres]:
    """Yield a server that may be stopped."""
    with postgres() as running:
        yield running


def test_what_is_answered_is_recorded_before_and_after_a_restart(
    database: str, tmp_path: Path
) -> None:
    """Misses, cached answers and rules' answers are all there; what waits at the end is moved."""
    with logged_gateway(tmp_path, database) as gateway:
        assert gateway.ask("What would 20 seats cost?") == 200
        assert gateway.ask("What would 20 seats cost?") == 200
        with gateway.load():
            gateway.answer_more(200)
    gateway.require_once()
    assert not list((tmp_path / "log").glob("*.ready"))
    assert not list((tmp_path / "log").glob("*.open"))


def test_a_killed_worker_and_a_killed_drainer_lose_nothing(database: str, tmp_path: Path) -> None:
    """SIGKILL under load, of workers and of what moves the records: all answers are there once."""
    with logged_gateway(tmp_path, database) as gateway:
        with gateway.load():
            for _ in range(2):
                gateway.answer_more(60)
                gateway.workers()[0].send_signal(signal.SIGKILL)
                gateway.answer_more(60)
                until(lambda: _kill_one(gateway.drainers()), "no drainer was started again")
            gateway.answer_more(60)
        gateway.require_once(invented=gateway.statuses.count(0))


def test_a_database_that_stops_and_comes_back_misses_nothing(
    server: Postgres, tmp_path: Path
) -> None:
    """Meanwhile requests are answered, and a metric shows what waits."""
    with logged_gateway(tmp_path, server.url) as gateway:
        with gateway.load():
            gateway.answer_more(60)
            server.stop()
            gateway.answer_more(200)
            until(lambda: gateway.metric("gateway_log_backlog_records") > 0)
            until(lambda: gateway.metric("gateway_log_backlog_oldest_seconds") > 0)
            server.start()
            gateway.answer_more(60)
        gateway.require_once()
        assert set(gateway.statuses) == {200}
        until(lambda: gateway.metric("gateway_log_backlog_records") == 0)


def test_a_schema_older_than_the_code_is_waited_for(database: str, tmp_path: Path) -> None:
    """A gateway before its migration answers and keeps its records; then they are moved."""
    with logged_gateway(tmp_path, database, migrated=False) as gateway:
        with gateway.load():
            gateway.answer_more(50)
        until(lambda: gateway.metric(_SCHEMA) > 0, "nothing says that the schema is older")
        gateway.migrate()
        gateway.require_once()


def test_a_full_disk_costs_records_that_are_counted_and_no_answer(
    database: str, tmp_path: Path
) -> None:
    """Under `drop_oldest` every request is answered, and what was not recorded says so."""
    with logged_gateway(tmp_path, database) as gateway:
        with gateway.load():
            gateway.answer_more(40)
            until(gateway.drainers, "no drainer was started, which would have the workers' limit")
            _limit(gateway.workers(), 0)
            until(lambda: gateway.metric(_LOST) > 20)
            _limit(gateway.workers(), resource.RLIM_INFINITY)
            gateway.answer_more(40)
        gateway.require_once()
        assert set(gateway.statuses) == {200}
        lost = len(gateway.statuses) - len(gateway.answered)
        assert gateway.metric(_LOST) == lost


def test_a_full_disk_under_refuse_answers_nothing_unrecorded(database: str, tmp_path: Path) -> None:
    """Requests get 503 `log_full` until there is room; every answer is recorded."""
    with logged_gateway(tmp_path, database, GATEWAY_LOG_FULL="refuse") as gateway:
        with gateway.load():
            gateway.answer_more(40)
            until(gateway.drainers, "no drainer was started, which would have the workers' limit")
            _limit(gateway.workers(), 0)
            until(lambda: gateway.statuses.count(503) > 20)
            _limit(gateway.workers(), resource.RLIM_INFINITY)
            gateway.answer_more(40)
        gateway.require_once()
        assert set(gateway.statuses) == {200, 503}
        assert len(gateway.answered) == gateway.statuses.count(200)


def _kill_one(running: list[psutil.Process]) -> bool:
    """Kill the first of these, as they were seen; return whether there was one."""
    for process in running:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
            return True
    return False


def _limit(workers: list[psutil.Process], size: float) -> None:
    """Bound the files of these processes alone: at 0 bytes it is as a disk that is full."""
    for worker in workers:
        worker.rlimit(resource.RLIMIT_FSIZE, (int(size), resource.RLIM_INFINITY))
