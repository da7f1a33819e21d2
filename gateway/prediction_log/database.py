"""Opens the log's database, brings its schema up to date, and makes its monthly partitions."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic_core import to_json
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from gateway.prediction_log.models import PARTITIONED
from gateway.prediction_log.owner import act_as_owner

SchemaState = Literal["current", "older", "newer"]
_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_LOCK = 0x7472756E6B  # one lock of PostgreSQL for all that changes the schema
_AHEAD_MONTHS = 3
_CONNECT_TIMEOUT_S = 5


def default_url(folder: Path) -> str:
    """Return the URL of the SQLite file that stands in the log's folder."""
    return f"sqlite:///{folder.resolve() / 'predictions.db'}"


def open_database(url: str, password: Callable[[], str] | None = None) -> Engine:
    """Return the engine of a SQLite or PostgreSQL database; nothing is connected to yet.

    PostgreSQL's `password`, if there is one, is asked for at each connection: a token of RDS lives
    for minutes. Raises ValueError, which does not quote the URL, for any other database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("must be the URL of a database") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        engine = create_engine(
            parsed, connect_args={"timeout": 30}, hide_parameters=True, json_serializer=_json
        )
        event.listen(engine, "connect", _configure_sqlite)
        return engine
    if backend != "postgresql":
        raise ValueError("must be a database of SQLite or PostgreSQL")
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": _CONNECT_TIMEOUT_S, "application_name": "trunkline"},
        poolclass=NullPool,  # one connection at a time, which may be away for hours
        hide_parameters=True,
        json_serializer=_json,
    )
    if password is not None:

        def enter(_dialect: Any, _record: Any, _words: Any, parameters: dict[str, Any]) -> None:
            parameters["password"] = password()

        event.listen(engine, "do_connect", enter)
    return engine


def migrate(engine: Engine, revision: str = "head", owner: str = "") -> None:
    """Bring the schema to `revision`, one process at a time; make the partitions of near months.

    `base` is an empty database. Tables are made as `owner`, see `owner.act_as_owner`, if one is
    named.
    """
    with engine.connect() as connection:
        _lock(connection)
        if owner:
            act_as_owner(connection, owner)
        config = _config()
        config.attributes["connection"] = connection
        current = MigrationContext.configure(connection).get_current_revision()
        connection.commit()  # the lock is the session's; each migration has its own transaction
        back = revision == "base" or (current is not None and revision < current)
        (command.downgrade if back else command.upgrade)(config, revision)
        connection.commit()
        if revision != "base":
            add_partitions(connection, months_ahead(datetime.now(UTC).date()))
        connection.commit()
        _unlock(connection)


def schema_state(connection: Connection) -> SchemaState:
    """Return how the database's schema stands to what this code writes.

    A revision that this code does not know is a later release's, which only adds to the schema.
    """
    revision = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(_config())
    if revision == scripts.get_current_head():
        return "current"
    known = {script.revision for script in scripts.walk_revisions()}
    return "older" if revision is None or revision in known else "newer"


def add_partitions(connection: Connection, months: Iterable[date]) -> None:
    """Make the partitions of these months where PostgreSQL has none; other databases need none."""
    if connection.dialect.name != "postgresql":
        return
    for month in months:
        end = _next_month(month)
        for table in PARTITIONED:
            connection.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS {table}_{month:%Y_%m} PARTITION OF {table} "
                    f"FOR VALUES FROM ('{month:%Y-%m-%d} 00:00+00') TO ('{end:%Y-%m-%d} 00:00+00')"
                )
            )


def months_ahead(today: date) -> list[date]:
    """Return the first days of this month, of the one before, and of some to come."""
    first = _month_before(today.replace(day=1))
    months = [first]
    for _ in range(_AHEAD_MONTHS + 1):
        months.append(_next_month(months[-1]))
    return months


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _month_before(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()


def _unlock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
        connection.commit()


def _json(value: object) -> str:
    """Return a column's JSON; a record has twenty of them, so that it is to be fast."""
    return to_json(value).decode()


def _configure_sqlite(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten
    cursor.close()
