"""Defines `heads sync`: a catalog that follows the aliases of MLflow's registered models."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import structlog

from heads.cli import catalog_option, click_errors
from heads.errors import CatalogError, GateError, HeadsError
from heads.lifecycle.aliases import Role
from heads.storage.catalog import Catalog
from heads.training.commands.encoders import model_option
from heads.training.commands.promote import open_stores, review_version
from heads.training.commands.train import CACHE, HELD_OUT
from heads.training.data.tables import CONTEXT_COLUMN, read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import TrackingError, TrainingError
from trunkline.logs import configure_logging

if TYPE_CHECKING:
    from heads.training.following import Follower, Gate

log = structlog.get_logger(__name__)
_FILES = click.Path(exists=True, path_type=Path)


@click.group()
def training() -> None:
    """Follow a registry."""


@training.command()
@click.option("--tracking-uri", help="MLflow server (default: MLFLOW_TRACKING_URI).")
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option(
    "--interval", default=2.0, show_default=True, type=click.FloatRange(min=0.1),
    help="Seconds between two looks.",
)  # fmt: skip
@click.option("--data", "files", type=_FILES, multiple=True, help="For the gate, as `promote`.")
@click.option("--label-column", help="For the gate, as `heads promote` takes it.")
@catalog_option
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), default=CACHE)
@model_option(several=True)
@click_errors(TrainingError, HeadsError)
def sync(
    tracking_uri: str | None, once: bool, interval: float, files: tuple[Path, ...],
    label_column: str | None, catalog: Catalog, cache: Path, models: tuple[Path, ...],
) -> None:  # fmt: skip
    """Follow the aliases production, candidate and shadow: fetch, gate, publish, make live.

    Where the catalog changed, too, it decides, and the alias is put back. Runs until SIGTERM.
    """
    from heads.training.following import Follower
    from heads.training.model_registry import ModelRegistry

    configure_logging("heads", "info")
    gate = _gate(files, label_column, cache, models)
    follower = Follower(ModelRegistry(tracking_uri), catalog, gate)
    if once:
        for outcome in follower.once():
            click.echo(f"{outcome.head} {outcome.role}: {outcome.result} {outcome.detail}")
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        _look(follower)
        stop.wait(interval)


def _look(follower: Follower) -> None:
    """Look once; a registry or catalog that is away changes nothing and is asked again."""
    try:
        for outcome in follower.once():
            log.info(
                "registry_followed",
                head=outcome.head,
                role=outcome.role,
                result=outcome.result,
                detail=outcome.detail,
            )
    except TrackingError as error:
        log.warning("registry_away", reason=str(error))
    except CatalogError as error:
        log.warning("catalog_away", reason=str(error))


def _gate(
    files: tuple[Path, ...], label_column: str | None, cache: Path, models: tuple[Path, ...]
) -> Gate:
    """Return the gate of `heads promote` over these rows, or the shipped held-out ones."""

    def review(catalog: Catalog, name: str, version: str, role: Role) -> Mapping[str, Any]:
        from heads.training.gate.rows import Rows

        rows = None
        if files or name in REPLY_TASKS:
            columns = ("text", CONTEXT_COLUMN, label_column, "author")
            rows = Rows(read_records(files or (HELD_OUT,)), *columns, trusted=bool(files))
        result = review_version(catalog, name, version, role, rows, open_stores(cache, models))
        if result.reasons:
            raise GateError(result.reasons)
        return result.record()

    return review
