"""The `heads` command: list, check and serve heads here; train and evaluate live in training."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from heads import aliases, config
from heads.errors import AliasError, BundleError, SettingsError

_TRAINING = {
    "train": "Train a head and write its bundle.",
    "evaluate": "Score heads on labelled texts.",
    "bench": "Train and score on public benchmark sets.",
    "data": "Look at and check the labelled corpus.",
}
_TRAINING_MODULE = "heads.training.cli"


class _Commands(click.Group):
    """Loads the training commands only when one is called: serving needs none of their packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_TRAINING])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _TRAINING:
            return super().get_command(ctx, cmd_name)
        try:
            group = importlib.import_module(_TRAINING_MODULE).training
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"`heads {cmd_name}` needs the package {error.name!r}: "
                "install torch and trunkline[train,embedder]"
            ) from error
        command: click.Command | None = group.get_command(ctx, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Help without importing what a command needs."""
        rows = {name: command.get_short_help_str() for name, command in self.commands.items()}
        with formatter.section("Commands"):
            formatter.write_dl(sorted({**rows, **_TRAINING}.items()))


@click.group(cls=_Commands)
def main() -> None:
    """Small classifier heads: train, judge, list, check and serve them."""


_catalog_option = click.option(
    "--catalog", type=click.Path(path_type=Path), help="Folder of heads (default: HEADS_CATALOG)."
)


@main.command("list")
@_catalog_option
def list_heads(catalog: Path | None) -> None:
    """What production would serve, and what is wrong with what it would not."""
    from heads.logs import configure
    from heads.registry import Registry

    configure("critical")
    registry = Registry(_catalog(catalog))
    infos = registry.current().head_set.heads.values()
    width = max((len(info.name) for info in infos), default=4)
    for info in infos:
        reads = ",".join((*info.views, *(("text",) if info.lexical else ())))
        parent = f" under {info.parent_head}={info.parent_label}" if info.parent_head else ""
        labels = ", ".join(info.labels)
        click.echo(
            f"{info.name:{width}}  {info.version:8} {info.status:8} {info.kind:8} {reads}{parent}  "
            f"{labels}"
        )
        if info.error:
            click.echo(f"{'':{width}}  refused: {info.error}")
    if not infos:
        click.echo(f"no head in production in {_catalog(catalog)}")


@main.command()
@_catalog_option
@click.argument("names", nargs=-1)
def check(catalog: Path | None, names: tuple[str, ...]) -> None:
    """Load and self-test bundles: NAME, NAME/VERSION or, with neither, everything."""
    folder = _catalog(catalog)
    broken = 0
    checked = 0
    for path in _bundles(folder, names):
        checked += 1
        problems = _problems(path)
        broken += bool(problems)
        shown = path.relative_to(folder)
        click.echo(f"{'FAIL' if problems else 'ok  '} {shown}")
        for problem in problems:
            click.echo(f"       {problem}")
    click.echo(f"{checked} checked, {broken} broken")
    if broken or not checked:
        raise SystemExit(1)


@main.command()
def serve() -> None:
    """Serve the heads in production on HEADS_HOST:HEADS_PORT until stopped."""
    try:
        config.load()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    # In this process's place: signals reach gunicorn, and nothing imported here stays in memory.
    os.execv(  # noqa: S606 - our own interpreter, fixed arguments
        sys.executable, [sys.executable, "-m", "gunicorn", "-c", "python:heads.gunicorn_conf"]
    )


def _catalog(given: Path | None) -> Path:
    if given is not None:
        return given
    try:
        return config.load().catalog
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _bundles(catalog: Path, names: tuple[str, ...]) -> Iterator[Path]:
    """Version folders and aliases.json files, of the named heads or of all."""
    wanted = names or tuple(sorted(path.name for path in catalog.glob("*") if path.is_dir()))
    for name in wanted:
        head, _, version = name.partition("/")
        if version:
            yield catalog / head / version
            continue
        yield from sorted(path.parent for path in (catalog / head).glob("*/head.toml"))
        yield catalog / head / aliases.FILE


def _problems(path: Path) -> tuple[str, ...]:
    from heads.head import Head

    try:
        if path.name == aliases.FILE:
            return _alias_problems(path)
        Head.load(path)
    except BundleError as error:
        return error.problems
    except AliasError as error:
        return (str(error),)
    return ()


def _alias_problems(path: Path) -> tuple[str, ...]:
    found = aliases.read(path.parent)
    if not path.is_file():
        return ("missing: no version of this head is in production",)
    roles = {
        "production": found.production,
        "candidate": found.candidate,
        "shadow": found.shadow,
    }
    return tuple(
        f"{role} is {version}, which does not exist"
        for role, version in roles.items()
        if version is not None and not (path.parent / version / "head.toml").is_file()
    )


if __name__ == "__main__":
    main()
