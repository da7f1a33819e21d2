"""Defines `heads track`, and the options by which trainings are logged to MLflow."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from heads.bundle.reading import BundleFiles, read_folder
from heads.cli import catalog_option, click_errors
from heads.errors import BundleError, HeadsError
from heads.lifecycle import aliases
from heads.naming import bundle_of, versions
from heads.storage.catalog import Catalog
from heads.storage.folder import FolderCatalog
from heads.training.errors import TrackingError, TrainingError
from heads.training.tracking import Tracker

_Command = TypeVar("_Command", bound=Callable[..., Any])
_uri = click.option(
    "--tracking-uri",
    help="MLflow server, or sqlite:///FILE (default: MLFLOW_TRACKING_URI, .mlflow/mlflow.db).",
)


@click.group()
def training() -> None:
    """Log trainings."""


def track_options(command: _Command) -> _Command:
    """Add `--track/--no-track` and `--tracking-uri` to a command that trains."""
    track = click.option(
        "--track/--no-track",
        default=None,
        help="Log it to MLflow (default: where MLflow is installed).",
    )
    return track(_uri(command))


alias_option = click.option(
    "--alias",
    type=click.Choice(["candidate", "shadow"]),
    help="Point this alias at the model version: `heads sync` asks the gate for the role.",
)


def wants_tracking(track: bool | None) -> bool:
    """Tell whether to log: as asked, or where MLflow is installed."""
    return importlib.util.find_spec("mlflow") is not None if track is None else track


def track_folder(folder: Path, track: bool | None, uri: str | None) -> None:
    """Log the bundle just written, beside production's; a store that is away fails nothing.

    Raises TrackingError only where tracking was asked for and MLflow is not installed.
    """
    log_trained(folder, FolderCatalog(folder.parent.parent), track, uri)


def log_trained(
    folder: Path, catalog: Catalog, track: bool | None, uri: str | None, *,
    alias: str | None = None, must: bool = False,
) -> None:  # fmt: skip
    """Log the bundle in `folder` beside the catalog's production, and point an alias at it.

    A store that is away raises TrackingError where it `must` be logged; else that is only said.
    """
    if not wants_tracking(track):
        return
    tracker, bundle = Tracker(uri), read_folder(folder)
    name = bundle.manifest.name
    try:
        click.echo(_log(tracker, catalog, bundle, ()))
        if alias is not None:
            click.echo(f"{name}: {alias} is model version {tracker.give_alias(bundle, alias)}")
    except TrackingError as error:
        if must:
            raise
        key = f"{name}/{bundle.manifest.version}"
        click.echo(f"not logged: {error}; `heads track {key}` does it later", err=True)


@training.command()
@click.argument("bundles", nargs=-1, required=True, metavar="NAME|NAME/VERSION...")
@click.option("--all", "every", is_flag=True, help="Every version of the names.")
@click.option("--against", "others", multiple=True, help="Version to compare with (production).")
@_uri
@catalog_option
@click_errors(TrainingError, HeadsError)
def track(
    bundles: tuple[str, ...],
    every: bool,
    others: tuple[str, ...],
    tracking_uri: str | None,
    catalog: Catalog,
) -> None:
    """Log bundles to MLflow as runs and model versions; none is logged twice."""
    tracker = Tracker(tracking_uri)
    for given in bundles:
        keys = [f"{given}/{version}" for version in versions(catalog, given)] if every else [given]
        for key in keys or [given]:
            click.echo(_log(tracker, catalog, bundle_of(catalog, key), others))


def _log(tracker: Tracker, catalog: Catalog, bundle: BundleFiles, others: tuple[str, ...]) -> str:
    name, version = bundle.manifest.name, bundle.manifest.version
    logged = tracker.log(bundle, _beside(catalog, name, version, others))
    run = f"run {logged.run_id}, model version {logged.model_version}"
    return f"{name}/{version}: {run}{'' if logged.fresh else ', logged before'}"


def _beside(
    catalog: Catalog, name: str, version: str, others: tuple[str, ...]
) -> tuple[BundleFiles, ...]:
    """Return the versions to compare with; production's unless others are named.

    A production that is damaged is left out: it is no reason to lose a run.
    """
    if others:
        return tuple(bundle_of(catalog, f"{name}/{other}") for other in others)
    production = aliases.read(catalog, name)[0].production
    if production in (None, version):
        return ()
    try:
        return (bundle_of(catalog, f"{name}/{production}"),)
    except BundleError:
        return ()
