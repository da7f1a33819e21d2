"""Defines `heads retrain`: a head once more from what its bundle records of its training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heads.bundle.reading import BundleFiles, learnt_digest, read_folder
from heads.cli import click_errors
from heads.errors import HeadsError
from heads.training.commands.track import track_folder, track_options
from heads.training.commands.train import CACHE, CATALOG, next_version, sources
from heads.training.errors import TrainingError

if TYPE_CHECKING:
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
@click.option("--if-changed", is_flag=True, help="Do nothing where it stands on the same as then.")
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
@click.option("--catalog", type=_FOLDER, default=CATALOG, help="Folder of heads.")
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True)
@track_options
@click_errors(TrainingError, HeadsError)
def retrain(
    name: str, version: str | None, if_changed: bool, least: int | None, files: tuple[str, ...],
    catalog: Path, cache: Path, track: bool | None, tracking_uri: str | None,
) -> None:  # fmt: skip
    """Train NAME again by the recipe in its bundle; say what has changed since.

    The new version has no role: `heads promote` lets the gate look at it.
    """
    from dataclasses import replace

    from heads.training.building.evaluate import bundle_folder
    from heads.training.building.order import changes, record_of
    from heads.training.commands.run_training import open_training

    bundle = read_folder(bundle_folder(catalog, name, version))
    record = record_of(bundle)
    order = replace(record.order, files=files or record.order.files)
    work = open_training(order, name, cache)
    changed = changes(record.state, work.record.state)
    new_rows = _new_rows(bundle, work)
    known = f"{name}/{bundle.manifest.version}"
    for line in changed:
        click.echo(line)
    click.echo(f"rows: {len(work.data)}, of which {new_rows} are new to {known}")
    if if_changed and not changed:
        click.echo(f"nothing changed since {known} was learnt: nothing to do")
    elif least is not None and new_rows < least:
        click.echo(f"under {least} new rows: nothing to do")
    else:
        folder = catalog / name / next_version(catalog / name)
        for line in _write(work, bundle, folder):
            click.echo(line)
        track_folder(folder, track, tracking_uri)


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
