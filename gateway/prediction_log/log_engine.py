"""Opens the database of the log that the settings name, as the user that they name."""

from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url

from gateway.config import TASK_ROLE, Settings
from gateway.prediction_log.database import default_url, open_database
from trunkline.aws_sign_in import NoRoleError, database_token

_PORT = 5432


def open_log_engine(settings: Settings) -> Engine:
    """Return the engine of the log's database; nothing is connected to yet."""
    url = database_url(settings)
    if settings.log_database_iam_region:
        region = settings.log_database_iam_region
        return open_database(url, partial(_token, make_url(url), region))
    if settings.log_database_password is not None:
        return open_database(url, settings.log_database_password.get_secret_value)
    return open_database(url)


def database_url(settings: Settings) -> str:
    """Return the URL that is set, or that of the file in the log's folder."""
    if settings.log_database is not None:
        return settings.log_database.get_secret_value()
    if settings.log_dir is None:
        raise ValueError("there is no log")
    return default_url(settings.log_dir)


def _token(url: URL, region: str) -> str:
    """Return what a connection that is made now enters with."""
    host, port, user = url.host or "", url.port or _PORT, url.username or ""
    try:
        return database_token(host, port, user, region, TASK_ROLE.credentials(), datetime.now(UTC))
    except NoRoleError as error:
        import psycopg  # a log in SQLite does without

        raise psycopg.OperationalError(str(error)) from None  # as a database that is away
