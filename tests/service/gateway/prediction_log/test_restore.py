"""A restore drill: what a dump holds is there again, and who was erased since is erased again."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from gateway.__main__ import main
from gateway.prediction_log.models import Prediction
from tests.support.databases import postgres
from tests.support.stored_gateway import TEXT_KEYS, StoredGateway, stored_gateway

pytestmark = pytest.mark.service

TEXT = "What would 20 seats cost?"
Drill = tuple[str, Callable[[], str]]


@pytest.fixture(params=["sqlite", "postgresql"])
def drill(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Drill]:
    """Yield a database, and what dumps it and restores the dump into an empty server.

    The second call of what dumps and restores returns the address of what the first call dumped.
    """
    with contextlib.ExitStack() as servers:
        if request.param == "sqlite":
            yield f"sqlite:///{tmp_path / 'predictions.db'}", _of_sqlite(tmp_path)
            return
        first = servers.enter_context(postgres())

        def dump_then_restore(dumps: list[bytes] = []) -> str:  # noqa: B006
            if not dumps:
                dumps.append(first.dump())
                return ""
            first.stop()
            second = servers.enter_context(postgres())
            second.restore(dumps[0])
            return second.url

        yield first.url, dump_then_restore


def _of_sqlite(folder: Path) -> Callable[[], str]:
    backup, restored = folder / "backup.db", folder / "restored.db"

    def dump_then_restore() -> str:
        if not backup.exists():
            _copy(folder / "predictions.db", backup)
            return ""
        _copy(backup, restored)
        return f"sqlite:///{restored}"

    return dump_then_restore


def _copy(source: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(source)) as one,
        contextlib.closing(sqlite3.connect(target)) as two,
    ):
        one.backup(two)


def test_a_restored_log_reads_the_same_and_erases_again(drill: Drill, tmp_path: Path) -> None:
    """Statistics, history, corrections and audit are those of the dump, but for who was erased."""
    database, dump_then_restore = drill
    with stored_gateway(tmp_path, database) as stored:
        kept = stored.stored(TEXT, subject_ref="crm/8")
        gone = stored.stored(TEXT, subject_ref="crm/9")
        for name in (kept, gone):
            assert stored.feedback(name, comment="why")[0] == 200
        assert stored.call("eraser", "DELETE", "/v1/subjects/crm%2Fnobody")[0] == 200
        before = _shown(stored)
        dump_then_restore()
        assert stored.call("eraser", "DELETE", "/v1/subjects/crm%2F9")[0] == 200
        after = _shown(stored)
        erasures = tmp_path / "erasures.jsonl"
        erasures.write_text(_run(database, tmp_path, "erasures", "list"))
    restored = dump_then_restore()

    folder = tmp_path / "restored"
    folder.mkdir()
    with stored_gateway(folder, restored) as again:  # it migrates, as the release would
        assert _shown(again) == before
        assert _run(restored, folder, "audit", "verify").startswith("gateway: 1 entries")
        for expected in (
            "1 of 2 erasures done again, 1 pred",
            "0 of 2 erasures done again, 0 pred",
        ):
            assert expected in _run(restored, folder, "erasures", "replay", str(erasures))
        assert _shown(again) == after
        assert _run(restored, folder, "audit", "verify").startswith("gateway: 2 entries")
        with again.engine.connect() as connection:
            assert connection.execute(select(Prediction.id)).scalars().all() == [kept]
        words = again.call("words", "GET", "/v1/subjects/crm%2F8")
        assert words[1]["predictions"][0]["words"] == TEXT


def test_a_list_of_erasures_that_is_none_is_refused(tmp_path: Path) -> None:
    """The line is named, and nothing is erased."""
    database = f"sqlite:///{tmp_path / 'predictions.db'}"
    with stored_gateway(tmp_path, database):
        file = tmp_path / "erasures.jsonl"
        file.write_text('{"id": "1"}\n')
        result = CliRunner().invoke(
            main, ["erasures", "replay", str(file)], env=_environ(database, tmp_path)
        )
    assert result.exit_code == 1
    assert f"{file}:1: is no erasure" in result.output


def _shown(stored: StoredGateway) -> dict[str, Any]:
    """Return what the API shows of the log: history with corrections, and statistics."""
    shown = {
        path: stored.call("reader", "GET", path)
        for path in ("/v1/predictions", "/v1/statistics", "/v1/statistics?head=intent")
    }
    assert {status for status, _ in shown.values()} == {200}
    return {
        path: {name: value for name, value in answer.items() if name not in ("from", "to")}
        for path, (_, answer) in shown.items()
    }


def _environ(database: str, folder: Path) -> dict[str, str]:
    return {
        "GATEWAY_LOG_DIR": str(folder / "log"),
        "GATEWAY_LOG_DATABASE": database,
        "GATEWAY_LOG_TEXT_KEYS": TEXT_KEYS,
        "GATEWAY_LOG_LEVEL": "error",
    }


def _run(database: str, folder: Path, *words: str) -> str:
    result = CliRunner().invoke(main, list(words), env=_environ(database, folder))
    assert result.exit_code == 0, result.output
    return result.output
