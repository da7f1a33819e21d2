"""Defines `heads study`: which embeddings, which way of learning, how many labels."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embedder.errors import EmbedderError
from heads.cli import click_errors
from heads.errors import HeadsError
from heads.storage.atomic_files import replace_file
from heads.training.commands.encoders import model_option
from heads.training.commands.track import track_options
from heads.training.commands.train import CACHE, CORPUS, HELD_OUT
from heads.training.errors import TrainingError
from heads.training.tracking import Tracker

if TYPE_CHECKING:
    from heads.training.study.material import Material
    from heads.training.study.run import Outline, Progress
    from heads.training.study.runs import Runs
    from heads.training.study.strategies import Strategy

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_REPLIES = "replies"
_STORE = Path(".cache") / "study"
_EMBEDDING_S = 0.006
_note = partial(click.echo, err=True)


@click.group()
def training() -> None:
    """Compare ways of learning."""


@training.command()
@click.option(
    "--data", "sources", multiple=True, default=(_REPLIES,), metavar="replies|FOLDER|FILE",
    show_default=True, help="Folder of train.jsonl and test.jsonl; every fifth writer of a FILE.",
)  # fmt: skip
@click.option("--head", default="intent", show_default=True, help="Of the replies.")
@click.option("--language", default="en", show_default=True, help='Of the replies; "": all.')
@click.option("--label-column", default="label", show_default=True, help="Of other data.")
@click.option("--history", is_flag=True, help="By how much older rows help, where rows are dated.")
@click.option("--strategy", "names", multiple=True, help="May be repeated (default: all).")
@click.option("--size", "sizes", type=click.IntRange(10), multiple=True, help="Rows (seven sizes).")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--minutes", type=click.FloatRange(0), default=180.0, show_default=True, help="CPU.")
@click.option("--dry-run", is_flag=True, help="Say what it would take, and make nothing.")
@click.option("--store", "folder", type=_FOLDER, default=_STORE, show_default=True, help="Points.")
@click.option("--known", type=_FILE, help="A points.jsonl: what it holds is not made again.")
@click.option("--out", type=_FOLDER, help="Write points.jsonl, study.md and study.svg there.")
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True, help="Vectors.")
@model_option(usual="frozen")
@track_options
@click_errors(EmbedderError, HeadsError, TrainingError)
def study(
    sources: tuple[str, ...], head: str, language: str, label_column: str, history: bool,
    names: tuple[str, ...], sizes: tuple[int, ...], seeds: int, minutes: float, dry_run: bool,
    folder: Path, known: Path | None, out: Path | None, cache: Path, model: Path | None,
    track: bool | None, tracking_uri: str | None,
) -> None:  # fmt: skip
    """Learn in each way from samples of each size, and judge on writers that nothing learnt from.

    A point is kept in --store, and in MLflow, by the digest of recipe and data: none is made twice,
    and a study that was killed goes on where it was. Seed follows seed, the cheapest points of
    each first; for what does not fit into --minutes the report says so.
    """
    from embedder.checkpoint.folder import find_base
    from heads.training.study.compared import strategies
    from heads.training.study.history import sizes_of_history
    from heads.training.study.points import Store
    from heads.training.study.run import outline, plan, run
    from heads.training.study.strategies import Encoder

    compared, encoder = strategies(names), Encoder(model or find_base().folder, cache)
    materials = _materials(sources, head, language, label_column, history)
    if history and not sizes:
        sizes = sizes_of_history(len(materials[0].learnt))
    places = plan(materials, compared, encoder, sizes=sizes, seeds=seeds, report=_note)
    store = Store(folder, _runs(track, tracking_uri), known)
    found = outline(places, store)
    click.echo("\n".join(_stated(found, minutes)))
    if not dry_run:
        progress = run(found, encoder, store, budget_s=60.0 * minutes, report=_note)
        _write(progress, compared, out, history=history)


def _materials(
    sources: Sequence[str], head: str, language: str, label_column: str, history: bool
) -> list[Material]:
    from heads.training.study.history import read_history
    from heads.training.study.material import read_replies, read_table

    if history:
        files = [CORPUS if source == _REPLIES else Path(source) for source in sources]
        column = head if _REPLIES in sources else label_column
        return list(read_history(files, column))
    return [
        read_replies(head, [CORPUS], [HELD_OUT], language)
        if source == _REPLIES
        else read_table(Path(source), label_column)
        for source in dict.fromkeys(sources)
    ]


def _stated(its: Outline, minutes: float) -> list[str]:
    """Say what is to be made, and in what time, before it is."""
    lines = [
        f"{its.wanted} points, {its.wanted - len(its.waiting)} kept, {len(its.waiting)} to make: "
        f"about {its.total_s / 60:.1f} CPU minutes of {minutes:g}"
    ]
    lines += [f"  {name}: {seconds / 60:.1f}" for name, seconds in its.cpu_s.items()]
    if its.texts:
        seconds = _EMBEDDING_S * its.texts
        lines.append(f"  texts that are not in --cache: about {seconds / 60:.1f}, once")
    return lines


def _write(
    progress: Progress, compared: Sequence[Strategy], out: Path | None, *, history: bool
) -> None:
    from heads.training.study.plot import plot
    from heads.training.study.points import write_points
    from heads.training.study.report import answers, footnote, history_answers, panels, table

    shown, lines = panels(progress.points, progress.missing), []
    for panel in shown:
        if panel.curves:
            lines += [*table(panel, compared), ""]
            if note := footnote(panel):
                lines += [*note, ""]
        lines += [*answers(panel, compared), ""]
    if history and len(shown) == 2:
        newest, every = shown  # as read_history names them, in the order of the alphabet
        lines += [*history_answers(newest, every, compared), ""]
    click.echo("\n".join(lines))
    if out is not None and progress.points:
        out.mkdir(parents=True, exist_ok=True)
        write_points(progress.points, out / "points.jsonl")
        replace_file(out / "study.md", "\n".join(lines).encode())
        replace_file(out / "study.svg", plot([its for its in shown if its.curves], compared))


def _runs(track: bool | None, uri: str | None) -> Runs | None:
    """Return the runs to look in and write to; None where nothing is tracked."""
    if track is False or (track is None and importlib.util.find_spec("mlflow") is None):
        return None
    from heads.training.study.runs import Runs

    return Runs(Tracker(uri), _note)
