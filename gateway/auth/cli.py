"""The commands `gateway keys new|list|revoke`: keys in a file, or printed for a secret store."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.auth.keys import (
    SCOPES,
    TENANT,
    Key,
    KeysError,
    Scope,
    new_key,
    read_keys,
    write_keys,
)
from heads.storage.atomic_files import OwnerError, replace_file
from trunkline.disk import locked

_file = click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="GATEWAY_API_KEYS_FILE",
    help="file of keys; GATEWAY_API_KEYS_FILE if not given",
)


@click.group("keys")
def keys_commands() -> None:
    """Make, list and revoke API keys; only their hashes are kept."""


def _tenant_names(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the names between commas; an empty one is an error, or an unset variable unbinds."""
    names = [name.strip() for text in given for name in text.split(",")]
    if not all(map(TENANT.fullmatch, names)):
        raise click.BadParameter("a tenant's name is 1 to 128 letters, digits and any of . _ : -")
    return tuple(dict.fromkeys(names))


@keys_commands.command(
    "new",
    epilog="\b\nScopes, of which none implies another:\n"
    + "\n".join(f"  {scope:11} {meaning}" for scope, meaning in SCOPES.items()),
)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(tuple(SCOPES)),
    help="what it may be used for; may be given several times",
)
@click.option(
    "--tenant",
    "tenants",
    multiple=True,
    metavar="A,B",
    callback=_tenant_names,
    help="bind it: it writes for these tenants alone, and reads nothing of others; without, it "
    "writes for any X-Tenant-Id and reads what is stored of all",
)
@click.option("--requests-per-minute", type=int, help="instead of GATEWAY_REQUESTS_PER_MINUTE")
@_file
def new_command(
    name: str,
    scopes: tuple[Scope, ...],
    tenants: tuple[str, ...],
    requests_per_minute: int | None,
    path: Path | None,
) -> None:
    """Make a key called NAME; it is printed once, alone on standard output."""
    with _errors_as_messages():
        today = datetime.now(tz=UTC).date()
        names = tuple(dict.fromkeys(scopes))
        text, key = new_key(name, names, today, requests_per_minute, tenants)
        if path is not None:
            _add(path, key)
    click.echo(text)
    if path is None:
        click.echo("the line to store in GATEWAY_API_KEYS or its file:", err=True)
        click.echo(key.line(), err=True)
    else:
        click.echo(f"its hash is in {path}; the key itself is kept nowhere", err=True)


@keys_commands.command("list")
@_file
def list_command(path: Path | None) -> None:
    """Print the names, scopes, dates, limits and tenants of the keys; `*`: bound to none."""
    with _errors_as_messages():
        for key in _stored_keys(_named(path)):
            limit = f"{key.requests_per_minute}/min" if key.requests_per_minute else "-"
            tenants = ",".join(sorted(key.tenants)) or "*"
            scopes = ",".join(sorted(key.scopes))
            click.echo(f"{key.id:24} {scopes:24} {key.created} {limit:10} {tenants}")


@keys_commands.command("revoke")
@click.argument("name")
@_file
def revoke_command(name: str, path: Path | None) -> None:
    """Take the key called NAME out; running gateways refuse it within about a second."""
    with _errors_as_messages():
        left = _remove(_named(path), name)
    click.echo(f"revoked {name}; {left} left", err=True)


def _named(path: Path | None) -> Path:
    if path is None:
        raise KeysError("name the file: --file or GATEWAY_API_KEYS_FILE")
    return path


def _stored_keys(file: Path) -> tuple[Key, ...]:
    try:
        return read_keys(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise KeysError(f"{file}: not UTF-8") from None


def _add(path: Path, key: Key) -> None:
    file = path.resolve()  # where it is a link: that stays one
    with locked(file.parent):
        stored = _stored_keys(file) if file.exists() else ()
        if key.id in {other.id for other in stored}:
            raise KeysError(f"there is a key called {key.id} already")
        _replace(file, (*stored, key))


def _remove(path: Path, name: str) -> int:
    """Remove a key and return how many are left."""
    file = path.resolve()
    with locked(file.parent):
        stored = _stored_keys(file)
        left = tuple(key for key in stored if key.id != name)
        if len(left) == len(stored):
            raise KeysError(f"there is no key called {name}")
        _replace(file, left)
    return len(left)


def _replace(file: Path, keys: Sequence[Key]) -> None:
    """Put the new list in place whole, so that a gateway never reads half of it."""
    try:
        replace_file(file, write_keys(keys).encode(), keep_owner=True)
    except OwnerError:
        raise KeysError(f"{file} is another user's: run this as that user") from None


@contextlib.contextmanager
def _errors_as_messages() -> Iterator[None]:
    """Print what went wrong and exit with 1, in place of a traceback."""
    try:
        yield
    except KeysError as error:
        click.echo(f"keys: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"keys: {error.filename}: {error.strerror}", err=True)
        sys.exit(1)
