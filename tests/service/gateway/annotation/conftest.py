"""Queues over each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.annotation import Queue, open_queue
from tests.support.databases import postgres


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """Yield an empty queue over SQLite."""
    with open_queue(tmp_path) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def any_queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    """Yield an empty queue over each kind of database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("queue")
        return
    with postgres() as server, open_queue(tmp_path, server.url) as opened:
        yield opened
