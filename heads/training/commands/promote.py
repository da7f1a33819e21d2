"""Defines the commands that compare before they change: `heads promote`, `diff`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from heads.bundle.loading import load_head
from heads.cli import author_option, catalog_option, click_errors, why_option
from heads.errors import GateError, HeadsError
from heads.lifecycle.aliases import Aliases, Role
from heads.lifecycle.promotion import Author
from heads.lifecycle.promotion import promote as give_role
from heads.lifecycle.retrying import retried
from heads.naming import require_version
from heads.storage.catalog import Catalog
from heads.training.commands.encoders import model_option, open_store
from heads.training.commands.train import CACHE, HELD_OUT
from heads.training.data.tables import CONTEXT_COLUMN, read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import DataError, TrainingError

if TYPE_CHECKING:
    from heads.training.fitting.embeddings import EmbeddingStore
    from heads.training.gate.review import ReviewResult, StoreFor
    from heads.training.gate.rows import Rows

PICTURES = Path(".cache") / "gate"

_handle_errors = click_errors(HeadsError, TrainingError)

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_text = click.option("--text-column", default="text", show_default=True)
_context = click.option(
    "--context-column", default=CONTEXT_COLUMN, show_default=True, help="The mail that it answers."
)
_label = click.option("--label-column", help="Column of the label (default: label).")
_group = click.option("--group-column", default="author", show_default=True, help="Who wrote it.")
_cache = click.option(
    "--cache", type=_FOLDER, default=CACHE, show_default=True, help="Where embeddings are kept."
)
_model = model_option(several=True)


@click.group()
def training() -> None:
    """Review and compare versions of heads."""


@training.command()
@click.argument("name")
@click.argument("version")
@click.option(
    "--to",
    "role",
    type=click.Choice(["production", "candidate", "shadow"]),
    default="production",
    show_default=True,
)
@click.option(
    "--weight",
    type=click.FloatRange(0.0, 1.0),
    help="Share of requests: a candidate's answers (0.1), a shadow's sample (1).",
)
@click.option("--yes", is_flag=True, help="Make the change; without it only the result is shown.")
@click.option("--data", "files", type=_FILES, multiple=True, help="Rows that neither learnt from.")
@click.option(
    "--backtest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Figures of `gateway backtest --out`, as a further bound.",
)
@click.option("--picture", type=click.Path(path_type=Path), help=f"PNG (default: in {PICTURES}).")
@author_option
@why_option
@_text
@_context
@_label
@_group
@catalog_option
@_cache
@_model
@_handle_errors
def promote(
    name: str, version: str, role: str, weight: float | None, yes: bool, files: tuple[Path, ...],
    backtest: Path | None, picture: Path | None, by: str, why: str, text_column: str,
    context_column: str, label_column: str | None, group_column: str, catalog: Catalog,
    cache: Path, models: tuple[Path, ...],
) -> None:  # fmt: skip
    """Give VERSION of NAME a role, if the gate finds it no worse than production.

    A shadow answers no caller: it need only be whole, small enough and for a known encoder.
    """
    require_version(catalog, name, version)
    rows = _rows(name, files, (text_column, context_column, label_column, group_column))
    stores = open_stores(cache, models)
    result = review_version(catalog, name, version, cast("Role", role), rows, stores)
    result = _with_backtest(catalog, name, version, result, backtest) if backtest else result
    _show(result, name, version, picture)
    if result.reasons:
        raise GateError(result.reasons)
    if not yes:
        click.echo(f"{name}/{version} may become {role}; --yes makes the change")
        return
    step = partial(
        _give_role, catalog, name, version, cast("Role", role), Author(by, why), weight, result
    )
    roles = retried(
        catalog,
        name,
        step,
        lambda now: now.production == result.old_version,  # what it was compared with
        result.generation,
    )
    share = f"{roles.share(cast('Role', role)):.0%}"
    click.echo(f"{name}/{version} is {role} ({share}), generation {roles.generation}")
    click.echo(f"whatever follows {catalog} serves it within a second")


@training.command()
@click.argument("name")
@click.argument("first")
@click.argument("second")
@click.option("--data", "files", type=_FILES, multiple=True, required=True)
@_text
@_context
@_label
@_group
@catalog_option
@_cache
@_model
@_handle_errors
def diff(
    name: str, first: str, second: str, files: tuple[Path, ...], text_column: str,
    context_column: str, label_column: str | None, group_column: str, catalog: Catalog,
    cache: Path, models: tuple[Path, ...],
) -> None:  # fmt: skip
    """List the texts that versions FIRST and SECOND of NAME decide differently."""
    from heads.training.gate.review import decisions
    from heads.training.gate.review_report import flips
    from heads.training.gate.rows import Rows, dataset_of

    for version in (first, second):
        require_version(catalog, name, version)
    heads = (load_head(catalog, name, first), load_head(catalog, name, second))
    columns = (text_column, context_column, label_column, group_column)
    rows = Rows(read_records(files), *columns, trusted=True)
    data = dataset_of((heads[0].manifest, heads[1].manifest), rows)
    for line in flips(data, decisions(data, heads, open_stores(cache, models))):
        click.echo(line)


def review_version(
    catalog: Catalog, name: str, version: str, role: Role, rows: Rows | None, stores: StoreFor
) -> ReviewResult:
    """Let the gate look at a version for a role; shadows need only be whole, and are not compared.

    Raises GateError for a damaged or too large one, DataError where its encoder is not here.
    """
    from heads.lifecycle import aliases
    from heads.training.gate.review import ReviewResult, examine, review

    if role != "shadow":
        result = review(catalog, name, version, rows, stores)
    else:
        now = aliases.read(catalog, name)[0]
        result = ReviewResult(now.production, now.generation, (), ("shadows are not compared",))
    stores(examine(catalog, name, version)[0].manifest.fingerprint)
    return result


def _rows(
    name: str, files: tuple[Path, ...], columns: tuple[str, str, str | None, str]
) -> Rows | None:
    """Return the rows given; without any those kept of a reply head's corpus, none of others."""
    from heads.training.gate.rows import Rows

    if not files and name not in REPLY_TASKS:
        return None
    return Rows(read_records(files or (HELD_OUT,)), *columns, trusted=bool(files))


def _with_backtest(
    catalog: Catalog, name: str, version: str, result: ReviewResult, path: Path
) -> ReviewResult:
    """Add what a backtest found to the gate's decision, by the gate of production's version."""
    from heads.training.gate.backtest import judge, read_backtest

    head = load_head(catalog, name, version)
    found = read_backtest(path, name, version, head.digest)
    bar = head if result.old_version is None else load_head(catalog, name, result.old_version)
    return result.with_backtest(judge(found, result.old_version, bar.manifest.gate))


def _give_role(
    catalog: Catalog, name: str, version: str, role: Role, author: Author, share: float | None,
    result: ReviewResult, generation: int,
) -> Aliases:  # fmt: skip
    gate = result.record()
    return give_role(
        catalog, name, version, role, author, share=share, gate=gate, generation=generation
    )


def _show(result: ReviewResult, name: str, version: str, picture: Path | None) -> None:
    from heads.training.behaviour.report import behaviour_table
    from heads.training.gate.review_report import (
        confusion_picture,
        cost_line,
        review_table,
        unlike_line,
    )

    behaviour = behaviour_table(result.behaviour, version, result.old_version)
    compared = (*review_table(result, version), *cost_line(result), *unlike_line(result))
    backtest = () if result.backtest is None else (result.backtest.line(),)
    for line in (*result.notes, *compared, *backtest, "", *behaviour):
        click.echo(line)
    if result.decided is None:
        return
    path = picture or PICTURES / f"{name}-{result.old_version}-{version}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    titles = (f"production {result.old_version}", f"version {version}")
    path.write_bytes(confusion_picture(result.decided, titles))
    click.echo(f"both confusion matrices: {path}")


def open_stores(cache: Path, models: tuple[Path, ...]) -> StoreFor:
    """Return what finds a fingerprint's store: of the default, a given or the frozen encoder."""
    from embedder.checkpoint.folder import find_base

    opened: dict[str, EmbeddingStore] = {}
    waiting = [None, *models, find_base().folder]

    def find(fingerprint: str) -> EmbeddingStore:
        while fingerprint not in opened and waiting:
            store: EmbeddingStore = open_store(cache, waiting.pop(0))
            opened[store.fingerprint] = store
        if fingerprint not in opened:
            there = ", ".join(opened)
            raise DataError(f"made for encoder {fingerprint}; here is {there} (see --model)")
        return opened[fingerprint]

    return find
