"""The commands `gateway keys new|list|revoke`: keys in a file, or printed for a secret store."""

import contextlib
import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.auth.keys import (
    SCOPES,
    Key,
    KeysError,
    Scope,
    new_key,
    read_keys,
    write_keys,
)

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


@keys_commands.command("new")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES))
@click.option("--requests-per-minute", type=int, help="instead of GATEWAY_REQUESTS_PER_MINUTE")
@_file
def new_command(
    name: str, scopes: tuple[Scope, ...], requests_per_minute: int | None, path: Path | None
) -> None:
    """Make a key called NAME; it is printed once, alone on standard output."""
    with _plainly():
        today = datetime.now(tz=UTC).date()
        text, key = new_key(name, tuple(dict.fromkeys(scopes)), today, requests_per_minute)
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
    """Print the names, scopes and dates of the keys."""
    with _plainly():
        for key in _held(_named(path)):
            limit = f"{key.requests_per_minute}/min" if key.requests_per_minute else "-"
            click.echo(f"{key.id:24} {','.join(sorted(key.scopes)):24} {key.created} {limit}")


@keys_commands.command("revoke")
@click.argument("name")
@_file
def revoke_command(name: str, path: Path | None) -> None:
    """Take the key called NAME out; running gateways refuse it within about a second."""
    with _plainly():
        left = _without(_named(path), name)
    click.echo(f"revoked {name}; {left} left", err=True)


def _named(path: Path | None) -> Path:
    if path is None:
        raise KeysError("name the file: --file or GATEWAY_API_KEYS_FILE")
    return path


def _held(path: Path) -> tuple[Key, ...]:
    try:
        return read_keys(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise KeysError(f"{path}: not UTF-8") from None


def _add(path: Path, key: Key) -> None:
    with _turn(path) as file:
        held = _held(file) if file.exists() else ()
        if key.id in {other.id for other in held}:
            raise KeysError(f"there is a key called {key.id} already")
        _replace(file, (*held, key))


def _without(path: Path, name: str) -> int:
    """Take a key out and return how many are left."""
    with _turn(path) as file:
        held = _held(file)
        left = tuple(key for key in held if key.id != name)
        if len(left) == len(held):
            raise KeysError(f"there is no key called {name}")
        _replace(file, left)
    return len(left)


@contextlib.contextmanager
def _turn(path: Path) -> Iterator[Path]:
    """Yield the file itself, where `path` is a link; no other command changes it meanwhile."""
    file = path.resolve()
    # Opened for reading, which is enough to lock it: whoever ran a command first may own it.
    lock = os.open(f"{file}.lock", os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(lock)


def _replace(path: Path, keys: Sequence[Key]) -> None:
    """Put the new list in place whole, so that a gateway never reads half of it.

    Owner, group and mode stay. Raises KeysError where this user may not keep the owner.
    """
    old = path.stat() if path.exists() else None
    mode = 0o644 if old is None else old.st_mode & 0o777  # hashes, for another user
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        try:
            file.write(write_keys(keys))
            file.flush()
            if old is not None:
                _hand_over(file.fileno(), old, path)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _hand_over(made: int, old: os.stat_result, path: Path) -> None:
    new = os.fstat(made)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(made, old.st_uid, old.st_gid)
        except PermissionError:
            raise KeysError(f"{path} is another user's: run this as that user") from None


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except KeysError as error:
        click.echo(f"keys: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"keys: {error.filename}: {error.strerror}", err=True)
        sys.exit(1)
