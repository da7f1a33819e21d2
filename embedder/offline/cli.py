"""Commands on checkpoints: `embedder quantize|cut|compare`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from embedder.config import Settings
from embedder.errors import EmbedderError
from embedder.offline.texts import Pair, choose, read_pairs
from embedder.views import View

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _refuse_plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Turn what a command refuses into one line and exit code 1."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (EmbedderError, ValueError) as error:
            raise click.ClickException(str(error)) from None

    return wrapped


@click.group()
def offline() -> None:
    """Cut, quantise and compare checkpoints."""


@offline.command()
@click.argument("model")
@click.option("--depth", type=int, required=True, help="how many layers to keep, from the first")
@click.option("--out", type=_FOLDER, required=True, help="new folder; its name is the model's id")
@_refuse_plainly
def cut(model: str, depth: int, out: Path) -> None:
    """Write the first layers of MODEL (a folder, or `default`) as a checkpoint."""
    from embedder.offline.folders import check_depth, write_cut

    start = _model(model)
    write_cut(start, check_depth(start, depth), out)
    click.echo(f"{out}: the first {depth} layers of {start.model_id}")


@offline.command()
@click.argument("model")
@click.option("--out", type=_FOLDER, required=True, help="new folder; its name is the model's id")
@click.option("--texts", type=_FILE, multiple=True, required=True, help="JSONL to take ranges from")
@click.option("--rows", type=click.IntRange(1), default=300, show_default=True, help="of them")
@click.option("--depth", type=int, help="cut to the first layers, too")
@click.option("--keep", multiple=True, type=click.Choice(["qkv", "out", "up", "down"]),
              help="part of every layer that stays as it is; may be repeated")  # fmt: skip
@click.pass_obj
@_refuse_plainly
def quantize(
    settings: Settings, model: str, out: Path, texts: tuple[Path, ...], rows: int,
    depth: int | None, keep: tuple[str, ...],
) -> None:  # fmt: skip
    """Write an int8 checkpoint of MODEL (a folder, or `default`); needs the `quantize` extra."""
    from embedder.offline.quantization import Plan
    from embedder.offline.quantization import quantize as write

    write(_model(model), choose(_read(texts), rows), Plan(depth, keep), out, settings.graph_dir)
    click.echo(f"{out}: int8; heads must be trained on it, its fingerprint is its own")


@offline.command()
@click.argument("encoders", nargs=-1, required=True)
@click.option("--texts", type=_FILE, multiple=True, required=True, help="JSONL")
@click.option("--rows", type=click.IntRange(1), default=320, show_default=True, help="of them")
@click.option("--view", "views", multiple=True, help="such as text@3; default: mean@ every layer")
@click.option("--json/--table", "as_json", default=False, help="JSON, or Markdown")
@click.pass_obj
@_refuse_plainly
def compare(
    settings: Settings, encoders: tuple[str, ...], texts: tuple[Path, ...], rows: int,
    views: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Compare ENCODERS, each FOLDER[@PRECISION] or default[@PRECISION], with the first.

    Prints cosines by view, and CPU ms a text alone and in batches of 32, on one thread.
    """
    from embedder.offline.comparison import compare as compare_encoders
    from embedder.offline.comparison import open_side, table

    wanted, pairs = [View.parse(view) for view in views], choose(_read(texts), rows)
    sides = [open_side(text, settings.graph_dir) for text in encoders]
    result = compare_encoders(sides, pairs, wanted)
    shown = json.dumps([dataclasses.asdict(one) for one in result], indent=2)
    click.echo(shown if as_json else table(result))


def _model(name: str) -> Any:
    from embedder.checkpoint.folder import find_model

    return find_model(None if name == "default" else Path(name))


def _read(files: tuple[Path, ...]) -> list[Pair]:
    pairs: list[Pair] = []
    for file in files:
        try:
            with file.open(encoding="utf-8") as lines:
                pairs += read_pairs(lines)
        except ValueError as error:
            raise ValueError(f"{file}: {error}") from None
    if not pairs:
        raise ValueError("there are no texts")
    return pairs
