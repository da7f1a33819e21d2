"""The commands of both flows, which `make quick`, `make full` and the workflows call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any

import click

from env.flows.quick import quick as run_quick
from env.flows.release import Backup, Checks, Load, Release
from env.flows.signals import exit_on_signals
from env.flows.steps import ROOT, StepError, Steps
from heads.errors import HeadsError
from heads.training.data.taxonomy import REPLY_TASKS
from trunkline.disk import renew_folder
from trunkline.logs import configure_logging

_REPORT = "report.txt"
_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, resolve_path=True)
_DATA = (str(ROOT / "heads" / "data" / "prepared"),)


def _options(*given: Callable[..., Any]) -> Callable[..., Any]:
    return lambda command: reduce(lambda wrapped, option: option(wrapped), reversed(given), command)


def _absolute(_context: click.Context, _option: click.Parameter, value: str) -> str:
    return value if "://" in value else str(Path(value).resolve())


_p95 = click.option("--p95-ms", default=1000.0, show_default=True, help="Bound of every check.")
_set = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Of the services started here."
)
_release = _options(
    click.option("--version", required=True, help="Of every head of this release."),
    click.option(
        "--catalog", default=str(ROOT / "heads" / "catalog"), callback=_absolute,
        help="Folder of heads or s3://bucket/prefix.",
    ),
    click.option(
        "--head", "heads", multiple=True, default=tuple(REPLY_TASKS), help="Default: all replies'."
    ),
    click.option("--out", type=_FOLDER, default=ROOT / ".run" / "full", help="Bundles, report."),
    click.option("--gate", default="", help="More options of `heads promote`."),
    _set,
)  # fmt: skip
_data = _options(
    click.option("--data", multiple=True, default=_DATA, help="What is learnt from."),
    click.option("--options", "more", default="", help="More options of `heads train`."),
)
_checks = _options(
    _p95,
    click.option(
        "--file", "files", multiple=True, type=_FILE, help="Labelled mails for `gateway evaluate`."
    ),
    click.option("--floor", "floors", multiple=True, metavar="HEAD=MACRO_F1"),
)
_load = _options(
    click.option("--rate", default=10.0, show_default=True, help="Requests a second."),
    click.option("--seconds", default=60.0, show_default=True),
    click.option("--load", default="", help="More options of `python -m loadtests run`."),
)
_url = click.option("--url", default="", help="What serves the catalog; key in GATEWAY_API_KEY.")
_archive = _options(
    click.option("--archive", "target", default="", help="Folder or s3://...; none without it."),
    click.option("--region", default="local", show_default=True, help="First part of its keys."),
    click.option("--archive-data", multiple=True, type=_FILE, help="Data to back up, too: texts."),
)


@click.group()
def main() -> None:
    """Run the quick flow, or the full one and its parts."""
    configure_logging("heads", "warning")
    exit_on_signals()


@main.command()
@click.option("--out", type=_FOLDER, default=ROOT / ".run" / "quick", show_default=True)
@click.option("--tracking", type=_FOLDER, default=ROOT / ".venv-tracking", help="Has MLflow.")
@click.option("--every", default=12, show_default=True, help="Of the rows, the nth each.")
@_p95
@_set
def quick(out: Path, tracking: Path, every: int, p95_ms: float, settings: tuple[str, ...]) -> None:
    """Train a head of a sample, wrap it, serve it, try it."""
    out = out.resolve()
    try:
        renew_folder(out, _REPORT)
    except FileExistsError as error:
        raise click.BadParameter(str(error), param_hint="--out") from None
    with _flow(out / _REPORT, settings) as steps:
        run_quick(steps, out, tracking.absolute(), every, p95_ms)


@main.command()
@_release
@_data
def train(data: tuple[str, ...], more: str, **given: Any) -> None:
    """Train the heads into --out, where these words have not yet; test them."""
    with _release_of(given) as release:
        release.train(data, more)


@main.command("try")
@_release
@_checks
@_load
def try_out(
    p95_ms: float, files: tuple[str, ...], floors: tuple[str, ...], rate: float, seconds: float,
    load: str, **given: Any,
) -> None:  # fmt: skip
    """Put them into production in a copy of the catalog; compare, check and load it."""
    with _release_of(given) as release:
        checks = Checks(p95_ms, files, floors)
        release.try_out(given["out"] / "trial", checks, Load(rate, seconds, load))


@main.command()
@_release
@_checks
@_url
@_archive
def candidate(
    p95_ms: float, files: tuple[str, ...], floors: tuple[str, ...], url: str, target: str,
    region: str, archive_data: tuple[str, ...], **given: Any,
) -> None:  # fmt: skip
    """Publish them, and make them candidates; all are taken back where one fails."""
    with _release_of(given) as release:
        release.publish()
        backup = Backup(target, region, archive_data) if target else None
        release.promote("candidate", Checks(p95_ms, files, floors), url, backup)


@main.command()
@_release
@_checks
@_url
@_archive
def promote(
    p95_ms: float, files: tuple[str, ...], floors: tuple[str, ...], url: str, target: str,
    region: str, archive_data: tuple[str, ...], **given: Any,
) -> None:  # fmt: skip
    """Put them into production, and check what serves them; all are taken back where one fails."""
    with _release_of(given) as release:
        backup = Backup(target, region, archive_data) if target else None
        release.promote("production", Checks(p95_ms, files, floors), url, backup)


@main.command()
@_release
@_data
@_checks
@_load
@_url
@_archive
def full(
    data: tuple[str, ...], more: str, p95_ms: float, files: tuple[str, ...],
    floors: tuple[str, ...], rate: float, seconds: float, load: str, url: str, target: str,
    region: str, archive_data: tuple[str, ...], **given: Any,
) -> None:  # fmt: skip
    """Do all of it; a person at the terminal decides between candidate and production."""
    with _release_of(given) as release:
        checks = Checks(p95_ms, files, floors)
        release.train(data, more)
        release.try_out(given["out"] / "trial", checks, Load(rate, seconds, load))
        release.publish()
        backup = Backup(target, region, archive_data) if target else None
        release.promote("candidate", checks, url, backup)
        if _approved(release):
            release.promote("production", checks, url, backup)


def _approved(release: Release) -> bool:
    """Ask the person at the terminal; without one the answer is no."""
    if sys.stdin.isatty() and click.confirm(f"{release.version} into production?"):
        return True
    release.steps.tell(f"candidate; `make full-promote VERSION={release.version}` goes on")
    return False


@contextmanager
def _release_of(given: dict[str, Any]) -> Iterator[Release]:
    out: Path = given["out"].resolve()
    with _flow(out / f"report-{given['version']}.txt", given["settings"]) as steps:
        yield Release(
            steps, given["catalog"], given["version"], given["heads"], out / "made", given["gate"]
        )


@contextmanager
def _flow(report: Path, settings: Sequence[str]) -> Iterator[Steps]:
    """Run steps, then show what each took; a failure is shown in one line."""
    pairs = (setting.partition("=") for setting in settings)
    steps = Steps(report.resolve(), click.echo, {name: value for name, _, value in pairs})
    try:
        yield steps
    except (StepError, HeadsError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        steps.tell(f"\n{steps.summary()}")


if __name__ == "__main__":
    main()
