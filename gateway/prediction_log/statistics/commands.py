"""Commands over the log's figures: write a report, count hours again, see to drift's references."""

import sys
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from gateway.config import PREFIX, Settings, load_settings
from gateway.errors import GatewayError
from gateway.prediction_log.statistics.query import (
    DAY,
    Group,
    StatisticsQuery,
    Window,
    whole_hours,
)
from trunkline.logs import configure_logging
from trunkline.settings import SettingsError, report_and_exit

if TYPE_CHECKING:  # only these commands and the drainer load a database's library
    from collections.abc import Iterator

    from sqlalchemy import Engine

_SHORT = timedelta(days=3)
_TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
_from = click.option("--from", "start", type=_TIME, help="first day or hour, UTC")
_to = click.option("--to", "end", type=_TIME, help="time up to which, UTC; absent: now")


@click.command("report")
@_from
@_to
@click.option("--days", default=7, show_default=True, help="days up to --to, without --from")
@click.option("--tenant", "tenants", multiple=True, help="only this tenant; may be repeated")
@click.option("--tag", "tags", multiple=True, help="replies by this tag; may be repeated")
@click.option(
    "--out", default="report.html", show_default=True, type=click.Path(dir_okay=False),
    help="file to write, `-`: standard output",
)  # fmt: skip
def report_command(
    start: datetime | None,
    end: datetime | None,
    days: int,
    tenants: Sequence[str],
    tags: Sequence[str],
    out: str,
) -> None:
    """Write the statistics of the prediction log as one HTML page that needs nothing else."""
    settings = _settings()
    window = _window(start, end, days)
    with _failures(), click.open_file(out, "w", encoding="utf-8", atomic=out != "-") as file:
        file.write(_page(settings, window, tuple(tenants) or None, tags))
    if out != "-":
        click.echo(f"gateway: wrote {Path(out)}")


@click.command("count")
@_from
@_to
@click.option("--days", default=7, show_default=True, help="days up to --to, without --from")
def count_command(start: datetime | None, end: datetime | None, days: int) -> None:
    """Count the hours of a window again into the figures that statistics are read from.

    For rows that no drainer brought; those that one did are counted by it.
    """
    settings = _settings()
    from gateway.prediction_log.statistics.rollup import roll_up_window

    with _failures():
        hours = roll_up_window(_engine(settings), _window(start, end, days), datetime.now(UTC))
    click.echo(f"gateway: counted {hours} hours")


@click.group("drift")
def drift_commands() -> None:
    """See how far heads have moved from their references, and choose others."""


@drift_commands.command("show")
def show_command() -> None:
    """Measure now, and print what each head's last day is like beside its reference."""
    settings = _settings()
    from gateway.prediction_log.checks import keys_of
    from gateway.prediction_log.drift.windows import measure

    with _failures():
        drifts = measure(_engine(settings), keys_of(settings.log_text_keys, "LOG_TEXT_KEYS"))
    for drift in drifts:
        mark = "DRIFTED" if drift.distance.drifted else "as before"
        click.echo(
            f"{mark:10} {drift.which.head} {drift.which.version} {drift.measure}: "
            f"{drift.distance.value:.4f} (chance: up to {drift.distance.threshold:.4f}), "
            f"{drift.rows} rows up to {drift.at:%Y-%m-%d %H:%M}"
        )
    if not drifts:
        click.echo("nothing to compare yet: references need 1000 answers in 24 hours")


@drift_commands.command("reference")
@click.argument("head")
@click.argument("version")
@_from
@_to
@click.option("--days", default=7, show_default=True, help="days up to --to, without --from")
def reference_command(
    head: str, version: str, start: datetime | None, end: datetime | None, days: int
) -> None:
    """Take what HEAD in VERSION answered in a window as its reference from now on."""
    settings = _settings()
    from gateway.prediction_log.drift.references import HeadVersion, ThinReferenceError, choose

    which, window = HeadVersion(head, version), _window(start, end, days)
    try:
        with _failures(), _engine(settings).begin() as connection:
            rows = choose(connection, which, window, datetime.now(UTC))
    except ThinReferenceError as error:
        _fail(str(error))
    click.echo(f"gateway: {head} {version} is compared with {rows} answers")


def _page(
    settings: Settings, window: Window, tenants: tuple[str, ...] | None, tags: Sequence[str]
) -> str:
    from gateway.prediction_log.drift.windows import latest
    from gateway.prediction_log.statistics.reader import open_statistics
    from gateway.prediction_log.statistics.report import render

    reader = open_statistics(settings)
    group: Group = "hour" if window.end - window.start <= _SHORT else "day"
    whole = reader.read(StatisticsQuery(window, tenants, group=group))
    by_tag = {tag: reader.read(StatisticsQuery(window, tenants, tag=tag)) for tag in tags}
    with _engine(settings).connect() as connection:
        drift = [] if tenants else latest(connection, window)
    return render(whole, by_tag, drift, tenants, datetime.now(UTC))


def _window(start: datetime | None, end: datetime | None, days: int) -> Window:
    last = datetime.now(UTC) if end is None else end.replace(tzinfo=UTC)
    first = last - days * DAY if start is None else start.replace(tzinfo=UTC)
    if first >= last:
        raise click.BadParameter("must be before --to", param_hint="--from")
    return whole_hours(first, last)


def _engine(settings: Settings) -> "Engine":
    from gateway.prediction_log.log_engine import open_log_engine

    return open_log_engine(settings)


@contextmanager
def _failures() -> "Iterator[None]":
    """Report a failure of the log or of its database on one line, and exit with 1."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except GatewayError as error:
        _fail(f"{error.title}. {error.detail}")
    except SQLAlchemyError as error:
        _fail(f"the database cannot be used: {type(error).__name__}")


def _settings() -> Settings:
    try:
        settings = load_settings()
    except SettingsError as error:
        report_and_exit("gateway", error)
    if settings.log_dir is None:
        _fail(f"{PREFIX}LOG_DIR is not set: there is no prediction log")
    configure_logging("gateway", settings.log_level, settings.log_format)
    return settings


def _fail(reason: str) -> NoReturn:
    click.echo(f"gateway: {reason}", err=True)
    sys.exit(1)
