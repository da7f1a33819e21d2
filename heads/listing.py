"""Shows heads to people: `heads list` and `heads show`, in aligned columns."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence

import click

from heads.bundle.facts import read_facts, table_at
from heads.bundle.reading import BundleFiles
from heads.cli import catalog_option, handle_heads_errors
from heads.errors import BundleError
from heads.lifecycle import aliases
from heads.naming import bundle_of, versions
from heads.prediction import HeadInfo, HeadSet
from heads.registry.registry import Registry
from heads.storage.catalog import Catalog
from trunkline.logs import configure_logging

_WIDTH = 120
_EVERYBODY, _ASKED = "everybody", "who asks"


@click.command("list")
@catalog_option
@handle_heads_errors
def list_heads(catalog: Catalog) -> None:
    """Show what is served in which role, and what is wrong with what is not."""
    configure_logging("heads", "critical")
    head_set = Registry(catalog).current().head_set
    if not head_set.heads:
        click.echo(f"no head in production in {catalog}")
        return
    rows: list[tuple[str, ...]] = [("HEAD", "VERSION", "STATUS", "ANSWERS", "LABELS")]
    for info in head_set.heads.values():
        rows += _rows(info, head_set)
    for line in columns(rows):
        click.echo(line)
    for role in head_set.roles().values():
        for info in role.values():
            if info.error:
                click.echo(f"{info.name} refused: {info.error}")


@click.command()
@click.argument("bundle", metavar="NAME|NAME/VERSION|FOLDER")
@catalog_option
@handle_heads_errors
def show(bundle: str, catalog: Catalog) -> None:
    """Show one head: roles, versions, labels, what it reads and how good it is."""
    files = bundle_of(catalog, bundle)
    rows = [*_facts(files), *_figures(files)]
    if files.manifest.version in versions(catalog, files.manifest.name):
        rows += _roles(catalog, files.manifest.name)
    for line in columns(rows):
        click.echo(line)


def columns(rows: Sequence[Sequence[str]], width: int | None = None) -> Iterator[str]:
    """Yield the rows as lines, each column as wide as its widest cell, the last cut to fit."""
    width = width or max(shutil.get_terminal_size((_WIDTH, 0)).columns, 60)
    wide = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    for row in rows:
        start = "".join(f"{cell:{w}}  " for cell, w in zip(row, wide, strict=False))
        room = max(width - len(start), 20)
        last = row[-1] if len(row[-1]) <= room else f"{row[-1][: room - 3]}..."
        yield f"{start}{last}".rstrip()


def _rows(info: HeadInfo, head_set: HeadSet) -> Iterator[tuple[str, ...]]:
    parent = f" under {info.parent_head}={info.parent_label}" if info.parent_head else ""
    answers = (_EVERYBODY if info.default else _ASKED) + parent
    labels = f"{len(info.labels)}: {', '.join(info.labels)}"
    yield info.name, info.version, info.status, answers, labels
    for role, others in (("candidate", head_set.candidates), ("shadow", head_set.shadows)):
        other = others.get(info.name)
        if other is not None:
            yield "", other.version, f"{role}, {other.share:.0%}", "", ""


def _facts(files: BundleFiles) -> Iterator[tuple[str, str]]:
    manifest = files.manifest
    lexical = ("text",) if manifest.lexical is not None else ()
    yield "head", f"{manifest.name}/{manifest.version}, of {manifest.created}"
    yield "asked", manifest.description
    yield "answers", _EVERYBODY if manifest.default else f"{_ASKED} for it"
    if manifest.depends_on is not None:
        yield "under", f"{manifest.depends_on.head} = {manifest.depends_on.label}"
    yield "labels", f"{len(manifest.labels)}: {', '.join(manifest.labels)}"
    yield "reads", ", ".join((*manifest.views, *lexical))
    yield "encoder", manifest.fingerprint
    yield "digest", files.digest


def _figures(files: BundleFiles) -> Iterator[tuple[str, str]]:
    """Yield a row for each split that its metrics.json tells of; none where that is unreadable."""
    try:
        for split_name, its in table_at(read_facts(files), "evaluation").items():
            yield (
                f"by {split_name}",
                f"macro-F1 {its['macro_f1']:.3f}, {its['answered_accuracy']:.0%} right of the "
                f"{its['coverage']:.0%} that it answers, {its['rows']} rows",
            )
    except (BundleError, KeyError, ValueError, TypeError):
        return


def _roles(catalog: Catalog, name: str) -> Iterator[tuple[str, str]]:
    roles = aliases.read(catalog, name)[0]
    yield "versions", ", ".join(versions(catalog, name))
    yield "production", roles.production or "none"
    if roles.candidate:
        yield "candidate", f"{roles.candidate}, {roles.candidate_weight:.0%} of requests"
    if roles.shadow:
        yield "shadow", f"{roles.shadow}, {roles.shadow_sample:.0%} of requests"
    if roles.history:
        before = aliases.rolled_back(roles)
        yield "rollback to", f"production {before.production or 'none'}"
