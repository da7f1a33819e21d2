"""Defines `heads retrain`: a head once more from what its bundle records of its training."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from heads.bundle.reading import BundleFiles, learnt_digest, read, read_folder
from heads.cli import click_errors
from heads.errors import BundleError, HeadsError
from heads.lifecycle import aliases
from heads.naming import versions
from heads.storage.catalog import Catalog
from heads.storage.folder import FolderCatalog
from heads.storage.opening import open_catalog
from heads.training.commands.track import alias_option, log_trained, track_options, wants_tracking
from heads.training.commands.train import CACHE, CATALOG, sources
from heads.training.errors import DataError, TrainingError

if TYPE_CHECKING:
    from heads.lifecycle.aliases import Role
    from heads.training.commands.run_training import Training

_FOLDER = click.Path(file_okay=False, path_type=Path)
# Steps that came after learning: facts of metrics.json, and the commands that repeat them.
_LATER = {"recalibrated": "heads recalibrate", "opt_out": "heads opt-out-thresholds"}


@click.group()
def training() -> None:
    """Train heads again."""


@training.command()
@click.argument("name")
@click.option("--of", "version", help="Which to repeat (default: the version in production).")
@click.option(
    "--if-changed",
    is_flag=True,
    help="Do nothing where it, or without --of the newest one or one in MLflow, stands on that.",
)
@click.option(
    "--if-new-rows",
    "least",
    type=click.IntRange(min=1),
    metavar="N",
    help="Do nothing under N rows that the version has not learnt from.",
)
@click.option(
    "--data", "files", callback=sources, multiple=True, help="Other sources than those recorded."
)
@click.option(
    "--catalog",
    "address",
    default=str(CATALOG),
    show_default="the shipped one",
    help="Folder of heads; or s3://bucket/prefix, which is only read: the version goes to MLflow.",
)
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True)
@track_options
@alias_option
@click_errors(TrainingError, HeadsError)
def retrain(
    name: str, version: str | None, if_changed: bool, least: int | None, files: tuple[str, ...],
    address: str, cache: Path, track: bool | None, tracking_uri: str | None, alias: str | None,
) -> None:  # fmt: skip
    """Train NAME again by the recipe in its bundle; say what has changed since.

    The new version has no role: `heads promote`, or `heads sync` for an --alias, lets the gate
    look at it.
    """
    from heads.training.building.order import changes, record_of
    from heads.training.building.scaffold import next_version
    from heads.training.commands.run_training import open_training

    catalog = open_catalog(address)
    must = alias is not None or not catalog.is_local
    if must and not wants_tracking(track):
        raise click.UsageError("an alias, and a version of a bucket's head, need MLflow: --track")
    bundle = _recorded(catalog, name, version)
    record = record_of(bundle)
    work = open_training(replace(record.order, files=files or record.order.files), name, cache)
    changed = changes(record.state, work.record.state)
    new_rows = _new_rows(bundle, work)
    known = f"{name}/{bundle.manifest.version}"
    for line in changed:
        click.echo(line)
    click.echo(f"rows: {len(work.data)}, of which {new_rows} are new to {known}")
    same = None if changed else known
    if if_changed and not same and not version:
        same = _newest_alike(catalog, name, work)
        same = same or (_logged_alike(name, work, tracking_uri, alias) if must else None)
    if if_changed and same:
        click.echo(f"nothing changed since {same} was learnt: nothing to do")
    elif least is not None and new_rows < least:
        click.echo(f"under {least} new rows: nothing to do")
    else:
        with _written_to(catalog) as folder:
            place = folder / name / next_version(catalog, name)
            for line in _write(work, bundle, place):
                click.echo(line)
            log_trained(place, catalog, track, tracking_uri, alias=alias, must=must)


def _recorded(catalog: Catalog, name: str, version: str | None) -> BundleFiles:
    """Read the bundle in production, or the version asked for. Raises DataError, BundleError."""
    chosen = version or aliases.read(catalog, name)[0].production
    if chosen is None:
        raise DataError(f"{catalog}/{name}: no version is in production")
    return read(catalog, name, chosen)


def _newest_alike(catalog: Catalog, name: str, work: Training) -> str | None:
    """Return the newest version where it was asked for the same and stands on the same.

    So that a schedule learns once what changed, while a person has yet to decide on that version.
    """
    newest = versions(catalog, name)[-1]
    try:
        bundle = read(catalog, name, newest)
    except BundleError:
        return None
    return f"{name}/{newest}" if _is_alike(bundle, work) else None


def _logged_alike(name: str, work: Training, uri: str | None, alias: str | None) -> str | None:
    """Return the newest model version that was asked for the same and stands on the same.

    MLflow alone has it until the operator writes it into the catalog. Its alias, if a run that
    broke off has not given it, is given now. Raises TrackingError where MLflow is away.
    """
    from heads.training.data.provenance import data_digest
    from heads.training.model_registry import ModelRegistry
    from heads.training.run_facts import CODE, DATA

    registry = ModelRegistry(uri)
    tags = {CODE: work.record.state.code, DATA: data_digest(work.data)}
    for number in registry.tagged(name, tags):
        with tempfile.TemporaryDirectory(prefix="heads-retrain-") as scratch, suppress(BundleError):
            bundle = registry.fetch(name, number, Path(scratch))
            if not _is_alike(bundle, work):
                continue
            if alias and not registry.is_settled(name, number):
                registry.point(name, cast("Role", alias), bundle.digest)
            return f"model version {number} of {name}"
    return None


def _is_alike(bundle: BundleFiles, work: Training) -> bool:
    """Return whether a bundle was asked for the same and stands on the same."""
    from heads.training.building.order import changes, record_of

    try:
        record = record_of(bundle)
    except DataError:
        return False
    return record.order == work.record.order and not changes(record.state, work.record.state)


@contextmanager
def _written_to(catalog: Catalog) -> Iterator[Path]:
    """Yield the catalog's folder, or for a bucket a folder that is gone afterwards."""
    if isinstance(catalog, FolderCatalog):
        yield catalog.root
        return
    with tempfile.TemporaryDirectory(prefix="heads-retrain-") as scratch:
        yield Path(scratch)


def _new_rows(bundle: BundleFiles, work: Training) -> int:
    """Count the rows that the bundle did not learn from; all, where it does not tell which."""
    from heads.training.data.provenance import unseen

    fresh = unseen(bundle, work.data)
    return len(work.data) if fresh is None else int(fresh.sum())


def _write(work: Training, old: BundleFiles, folder: Path) -> Iterator[str]:
    """Write the bundle in `folder`; yield how it stands to the old one, and what to do next."""
    from heads.bundle.facts import read_facts
    from heads.training.evaluation.model_card import evaluation_table

    name, version = old.manifest.name, old.manifest.version
    trained = work.write(folder.parent.parent, folder.name)[1]
    new = learnt_digest(read_folder(folder))
    relation = "the same as" if new == learnt_digest(old) else "another than"
    yield f"{folder}: learnt {new}, {relation} {name}/{version}"
    yield from evaluation_table(trained.evaluation)
    facts = read_facts(old)
    for fact, command in _LATER.items():
        if fact in facts:
            yield f"{name}/{version} went through `{command}` after it was learnt: repeat that"
    yield f"next: heads promote {name} {folder.name} --to candidate --yes"
