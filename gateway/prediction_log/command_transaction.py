"""What commands share that act on the log's database: a transaction, and who acts."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.config import Settings
from gateway.prediction_log.cli import fail, log_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


@contextmanager
def transaction() -> "Iterator[tuple[Connection, Settings]]":
    """Yield a transaction of the log's database; end the command where there is none."""
    settings = log_settings()
    # Only commands and workers that are asked load a database's library.
    from sqlalchemy.exc import DBAPIError

    from gateway.prediction_log.log_engine import open_log_engine

    engine: Engine = open_log_engine(settings)
    try:
        with engine.begin() as connection:
            yield connection, settings
    except DBAPIError as error:
        fail(f"the database does not answer as needed: {type(error).__name__}")
    finally:
        engine.dispose()


def actor() -> str:
    """Return how the audit names who runs a command."""
    return f"command:{getpass.getuser()}"
