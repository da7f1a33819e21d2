"""The migrations on real databases: up from nothing, down, again, and equal to the models."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, Index, insert, inspect, select, text

from gateway.prediction_log import life_models
from gateway.prediction_log.database import default_url, migrate, open_database, schema_state
from gateway.prediction_log.models import Base, PredictionText
from tests.support.databases import postgres

pytestmark = pytest.mark.service


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Yield an empty database of each kind."""
    if request.param == "sqlite":
        database = open_database(default_url(tmp_path))
        yield database
        database.dispose()
        return
    with postgres() as server:
        yield open_database(server.url)


def test_migrations_make_what_the_models_say(engine: Engine) -> None:
    """From an empty database, twice over: no table, column or index differs from the models."""
    migrate(engine)
    migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_compared})
        assert compare_metadata(context, Base.metadata) == []
        assert schema_state(connection) == "current"
    assert life_models.Feedback.__tablename__ in inspect(engine).get_table_names()


def test_migrations_go_down_and_up_again(engine: Engine) -> None:
    """Down to nothing leaves no table of ours; a step in between is known to be older."""
    migrate(engine)
    migrate(engine, "0001")
    with engine.connect() as connection:
        assert schema_state(connection) == "older"

    migrate(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrate(engine)

    with engine.connect() as connection:
        assert schema_state(connection) == "current"


def test_a_schema_of_a_later_release_is_newer(engine: Engine) -> None:
    """The code of the release before goes on beside a database that was migrated for the next."""
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        assert schema_state(connection) == "newer"


def test_times_come_back_as_they_went_in(engine: Engine) -> None:
    """A time of any zone is the same moment again, in UTC, on either database."""
    at = datetime.now(UTC).replace(microsecond=123000)
    migrate(engine)
    row = {
        "at": at, "prediction_id": "0" * 26, "tenant": "", "level": "full", "key_id": "k",
        "ciphertext": b"\0\xff", "expires_at": at,
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(PredictionText), [row])
        stored = connection.execute(select(PredictionText.__table__)).one()

    assert stored.at == at
    assert stored.at.tzinfo is UTC
    assert stored.ciphertext == b"\0\xff"


def _is_compared(
    item: object, name: str | None, kind: str, _reflected: bool, _other: object
) -> bool:
    """Leave out the partitions, and an index of PostgreSQL alone where it is another database."""
    if isinstance(item, Index) and item.name == "ix_prediction_tags":
        return False
    return not (kind == "table" and name is not None and "_20" in name)
