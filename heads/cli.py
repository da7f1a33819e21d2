"""Commands that need no training package: lint, test, publish, roles, switches, audit."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from heads import config
from heads.bundle import selftest
from heads.bundle.facts import METRICS_FILE
from heads.bundle.loading import head_of
from heads.bundle.reading import BundleFiles, read_folder
from heads.bundle.writing import publish_to
from heads.errors import BundleError, HeadsError
from heads.lifecycle import aliases, switches
from heads.lifecycle import audit as record
from heads.lifecycle.aliases import ROLES, Aliases, Role
from heads.lifecycle.encoders import change_of_encoder
from heads.lifecycle.promotion import Author, demote
from heads.lifecycle.promotion import rollback as roll_back
from heads.lifecycle.retrying import demoting, retried, rolling_back
from heads.naming import bundle_of, split
from heads.storage.catalog import Catalog
from heads.storage.opening import open_catalog
from trunkline.logs import configure_logging
from trunkline.settings import SettingsError, report_and_exit


def click_errors(*errors: type[Exception]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Show errors that a user can mend in one line with their code, without a traceback."""

    def around(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def wrapped(*args: Any, **kwargs: Any) -> None:
            configure_logging("heads", "warning")
            try:
                command(*args, **kwargs)
            except SettingsError as error:
                report_and_exit("heads", error)
            except errors as error:
                code = getattr(error, "code", "internal")
                raise click.ClickException(f"{error} [{code}]") from error

        return wrapped

    return around


handle_heads_errors = click_errors(HeadsError)


def _opened(_context: click.Context, _option: click.Parameter, value: str | None) -> Catalog:
    try:
        return open_catalog(value or config.load_settings().catalog)
    except SettingsError as error:
        report_and_exit("heads", error)
    except HeadsError as error:
        raise click.ClickException(f"{error} [{error.code}]") from error


catalog_option = click.option(
    "--catalog",
    callback=_opened,
    help="Folder of heads or s3://bucket/prefix (default: HEADS_CATALOG).",
)
author_option = click.option("--by", default=config.user, help="Your name, for the record.")
why_option = click.option("--why", default="", help="The reason, for the record.")


_bundle = click.argument("bundle", metavar="NAME|NAME/VERSION|FOLDER")


@click.command()
@_bundle
@catalog_option
@handle_heads_errors
def lint(bundle: str, catalog: Catalog) -> None:
    """Check what a bundle says: manifest, sizes, digests, card."""
    path = Path(os.path.abspath(bundle))
    if path.is_dir():
        name = f"{path.parent.name}/{path.name}"
    else:
        name = "/".join(split(catalog, bundle))
        path = Path(str(catalog)) / name  # no folder where the catalog is a bucket
    try:
        files = bundle_of(catalog, bundle) if not path.is_dir() else read_folder(path)
        problems = _omissions(files, path)
    except BundleError as error:
        problems = list(error.problems)
    for problem in problems:
        click.echo(f"FAIL {problem}")
    click.echo(f"{name}: {len(problems)} problems")
    if problems:
        raise SystemExit(1)


def _omissions(bundle: BundleFiles, folder: Path) -> list[str]:
    """List what is missing for people to read, which serving does without."""
    problems = [
        f"{name}: missing, so people cannot judge the head"
        for name in ("README.md", METRICS_FILE)
        if name not in bundle.files
    ]
    if not bundle.manifest.description:
        problems.append("head.toml: description is empty")
    names = set(bundle.files)
    there = folder.iterdir() if folder.is_dir() else ()
    extra = sorted(path.name for path in there if path.name not in names)
    return problems + [f"{name}: not listed in head.toml" for name in extra]


@click.command()
@_bundle
@catalog_option
@handle_heads_errors
def test(bundle: str, catalog: Catalog) -> None:
    """Load a bundle and compare its scores with golden.json."""
    files = bundle_of(catalog, bundle)
    head = head_of(files)
    rows = selftest.parse(files.files["golden.json"], files.location)
    mib = head.memory_bytes / 2**20
    click.echo(
        f"{head.name}/{head.version}: {len(rows)} golden rows agree, {mib:.2f} MiB in memory"
    )


@click.command()
@_bundle
@catalog_option
@handle_heads_errors
def publish(bundle: str, catalog: Catalog) -> None:
    """Copy a bundle into the catalog; no role changes.

    A NAME is looked for in HEADS_CATALOG.
    """
    path = Path(os.path.abspath(bundle))
    files = (
        read_folder(path)
        if path.is_dir()
        else bundle_of(open_catalog(config.load_settings().catalog), bundle)
    )
    publish_to(catalog, files)
    manifest = files.manifest
    click.echo(f"{manifest.name}/{manifest.version} is in {catalog}, {files.digest}")


@click.command("remove-role")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    metavar="[candidate|shadow]",
    required=True,
    help="The role to take away; production can only be replaced.",
)
@author_option
@why_option
@catalog_option
@handle_heads_errors
def remove_role(name: str, role: Role, by: str, why: str, catalog: Catalog) -> None:
    """Take the candidate or the shadow of NAME away; its version stays in the catalog."""
    first = aliases.read(catalog, name)[0]

    def step(generation: int) -> Aliases:
        return demote(catalog, name, role, Author(by, why), generation=generation)

    roles = retried(catalog, name, step, demoting(first, role), first.generation)
    click.echo(_summary(name, roles))


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask, even where no version is left to answer.")
@author_option
@why_option
@catalog_option
@handle_heads_errors
def rollback(name: str, yes: bool, by: str, why: str, catalog: Catalog) -> None:
    """Undo NAME's last change of what answers: a candidate's start, or production's change.

    Asks first where that leaves NAME without a version in production, and tells of versions that
    need another encoder.
    """
    first = aliases.read(catalog, name)[0]
    if first.history:
        _warn_of_rollback(catalog, name, first, yes=yes)

    def step(generation: int) -> Aliases:
        return roll_back(catalog, name, Author(by, why), generation=generation)

    roles = retried(catalog, name, step, rolling_back(first), first.generation)
    click.echo(_summary(name, roles))


def _warn_of_rollback(catalog: Catalog, name: str, roles: Aliases, *, yes: bool) -> None:
    before = aliases.rolled_back(roles)
    if warning := change_of_encoder(catalog, name, roles, before):
        click.echo(warning, err=True)
    if before.production is None and not yes:
        click.confirm(f"no version of {name} will answer after this; go on?", abort=True, err=True)


def _summary(name: str, roles: Aliases) -> str:
    """Describe in one line which versions answer now."""
    candidate = (
        f", candidate {roles.candidate} ({roles.candidate_weight:.0%})" if roles.candidate else ""
    )
    return f"{name}: production {roles.production or 'none'}{candidate}"


@click.group()
def switch() -> None:
    """Turn a mail rule or a head off and on in what runs, within a second."""


_UNCHECKED = (
    "Ids of rules are not checked here, a mistyped one turns nothing off: `heads switch list` and "
    "`disabled_rules` in the gateway's /v1/heads show what is off, `decision.rule` of an answer "
    "which rule decided."
)
_targets = click.argument("targets", nargs=-1, required=True, metavar="rule:ID|head:NAME...")


@switch.command("off")
@_targets
@author_option
@why_option
@catalog_option
@handle_heads_errors
def switch_off(targets: tuple[str, ...], by: str, why: str, catalog: Catalog) -> None:
    """Turn rules (by id, or its start up to a dot) or heads off until `heads switch on`."""
    for target in targets:
        switches.switch(catalog, target, on=False, author=Author(by, why))
        click.echo(f"{target} is off")
    if any(target.startswith("rule:") for target in targets):
        click.echo(_UNCHECKED, err=True)


@switch.command("on")
@_targets
@author_option
@why_option
@catalog_option
@handle_heads_errors
def switch_on(targets: tuple[str, ...], by: str, why: str, catalog: Catalog) -> None:
    """Turn rules or heads on again."""
    for target in targets:
        switches.switch(catalog, target, on=True, author=Author(by, why))
        click.echo(f"{target} is on")


@switch.command("list")
@catalog_option
@handle_heads_errors
def list_switches(catalog: Catalog) -> None:
    """Show what is off, since when, by whom and why."""
    off = switches.read(catalog)[0].off
    for target, entry in sorted(off.items()):
        why = f" ({entry.why})" if entry.why else ""
        click.echo(f"{target} off since {entry.at} by {entry.by}{why}")
    if not off:
        click.echo(f"nothing is switched off in {catalog}")


@click.command()
@click.argument("name", required=False)
@catalog_option
@handle_heads_errors
def audit(name: str | None, catalog: Catalog) -> None:
    """Show who changed which roles and switches (of NAME, or of rule:ID), when and why."""
    for entry in record.entries(catalog, name):
        changed = "; ".join(
            f"{role} {entry.before.get(role)} -> {value}"
            for role, value in entry.after.items()
            if value != entry.before.get(role)
        )
        why = f" ({entry.why})" if entry.why else ""
        outcome = "" if entry.outcome == "done" else f" [{entry.outcome}]"
        click.echo(f"{entry.at} {entry.head} {entry.action} by {entry.by}: {changed}{why}{outcome}")
