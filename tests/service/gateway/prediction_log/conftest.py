"""Gateways over a database of each kind; one server of PostgreSQL serves all tests here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.prediction_log.database import open_database
from tests.support.databases import postgres
from tests.support.stored_gateway import StoredGateway, stored_gateway


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[str]:
    """Yield the address of a database that many tests use, each after emptying it."""
    with postgres() as server:
        yield server.url


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'predictions.db'}"
    url: str = request.getfixturevalue("shared_postgres")
    with open_database(url).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return url


@pytest.fixture
def stored(any_database: str, tmp_path: Path) -> Iterator[StoredGateway]:
    """Yield a gateway that keeps words in full."""
    with stored_gateway(tmp_path, any_database) as gateway:
        yield gateway
