"""The commands of the prediction log: bring its schema up to date, move on what waits."""

import sys
from typing import NoReturn

import click

from gateway.config import PREFIX, Settings, load_settings
from trunkline.logs import configure_logging
from trunkline.settings import SettingsError, report_and_exit


@click.command("migrate")
@click.option("--owner", default="", help="role that gateways enter PostgreSQL as; made if needed")
def migrate_command(owner: str) -> None:
    """Bring the prediction log's schema up to date, as GATEWAY_LOG_DATABASE or _DIR say.

    Safe to run beside gateways of this release and of the one before, and by several at once.
    """
    settings = log_settings()
    # Only this command and the drainer load a database's library.
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.prediction_log.checks import prepare_log
    from gateway.prediction_log.database import migrate
    from gateway.prediction_log.log_engine import open_log_engine

    try:
        prepare_log(settings)
        engine = open_log_engine(settings)
        if owner and engine.dialect.name != "postgresql":
            fail("--owner: only PostgreSQL has roles")
        migrate(engine, owner=owner)
    except SettingsError as error:
        report_and_exit("gateway", error)
    except SQLAlchemyError as error:
        fail(f"the database cannot be migrated: {type(error).__name__}")
    click.echo("gateway: the prediction log's schema is up to date")


@click.command("drain")
def drain_command() -> None:
    """Move what waits in GATEWAY_LOG_DIR to the database once, also where no gateway runs."""
    settings = log_settings()
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.prediction_log.drainer import SchemaOlderError
    from gateway.prediction_log.draining import drain_once

    try:
        files = drain_once(settings)
    except SettingsError as error:
        report_and_exit("gateway", error)
    except SchemaOlderError:
        fail("the schema is older than this release: run `gateway migrate` first")
    except SQLAlchemyError as error:
        fail(f"the database cannot be reached: {type(error).__name__}")
    click.echo(f"gateway: moved {files} files")


def log_settings() -> Settings:
    """Return the settings of a gateway with a log; end the command where there is none."""
    try:
        settings = load_settings()
    except SettingsError as error:
        report_and_exit("gateway", error)
    if settings.log_dir is None:
        fail(f"{PREFIX}LOG_DIR is not set: there is no prediction log")
    configure_logging("gateway", settings.log_level, settings.log_format)
    return settings


def fail(reason: str) -> NoReturn:
    """Say why, and end the command."""
    click.echo(f"gateway: {reason}", err=True)
    sys.exit(1)
