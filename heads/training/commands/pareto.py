"""Defines `heads pareto`: what depth, precision and tuning of the encoder buy and cost."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embedder.errors import EmbedderError
from heads.cli import click_errors
from heads.errors import HeadsError
from heads.training.commands.train import CACHE, CORPUS, HELD_OUT, fold_models_option
from heads.training.data.tables import read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import TrainingError

if TYPE_CHECKING:
    from heads.training.pareto.measure import EncoderUnderTest, Rows
    from heads.training.pareto.points import Kind, Point, Precision

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_MODEL = click.Path(exists=True, file_okay=False, path_type=Path)
_DEPTHS = ("3", "4", "5", "6")
_PRECISIONS = ("fp32", "bf16", "int8")


@click.group()
def training() -> None:
    """Compare encoders by quality and cost."""


@training.command()
@click.option("--frozen", type=_MODEL, help="BERT folder (default: the frozen base).")
@click.option("--tuned", type=_MODEL, help="BERT folder; without it frozen points alone.")
@click.option("--frozen-int8", type=_MODEL, help="By `embedder quantize`; else no such points.")
@click.option("--tuned-int8", type=_MODEL, help="By `embedder quantize`; else no such points.")
@fold_models_option
@click.option("--depth", "depths", type=click.Choice(_DEPTHS), multiple=True, default=_DEPTHS)
@click.option(
    "--precision", "precisions", type=click.Choice(_PRECISIONS), multiple=True, default=_PRECISIONS
)
@click.option("--data", "files", type=_FILES, multiple=True, help="Rows to learn from (replies).")
@click.option("--held-out", type=_FILES, multiple=True, help="Rows to judge on (held_out).")
@click.option("--language", default="en", show_default=True, help='Of rows judged on; "": all.')
@click.option("--out", type=_FOLDER, help="Write pareto.md and pareto.svg there.")
@click.option("--cache", type=_FOLDER, default=CACHE, show_default=True, help="Vectors, points.")
@click_errors(EmbedderError, HeadsError, TrainingError)
def pareto(
    frozen: Path | None, tuned: Path | None, frozen_int8: Path | None, tuned_int8: Path | None,
    fold_models: tuple[Path, ...], depths: tuple[str, ...], precisions: tuple[Precision, ...],
    files: tuple[Path, ...], held_out: tuple[Path, ...], language: str, out: Path | None,
    cache: Path,
) -> None:  # fmt: skip
    """Measure every depth and precision of the frozen and the tuned encoder.

    A point that was measured before, with the same rows and encoders, is not measured again. The
    tuned encoder's heads are calibrated by --fold-model, int8 too.
    """
    from embedder.checkpoint.folder import find_base
    from heads.training.pareto.report import pareto_table, plot

    rows = _rows(files, held_out, language, [path for path in (tuned, *fold_models) if path])
    folders: dict[Kind, tuple[Path | None, Path | None]] = {
        "frozen": (frozen or find_base().folder, frozen_int8), "tuned": (tuned, tuned_int8)
    }  # fmt: skip
    points: list[Point] = []
    for kind, (weights, rounded) in folders.items():
        for precision in precisions:
            if folder := rounded if precision == "int8" else weights:
                folds = fold_models if kind == "tuned" else ()
                encoder = _encoder(folder, precision, folds, tuple(map(int, depths)), cache)
                points += _points(kind, precision, encoder, rows, cache)
    if not points:
        raise click.UsageError("int8 alone: name --frozen-int8 or --tuned-int8")
    lines = pareto_table(points, (rows.held_out["has_opt_out"].truth == 0).tolist())
    click.echo("\n".join(lines))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        text = "\n".join([*_heading(rows, language), *lines, ""])
        (out / "pareto.md").write_text(text, encoding="utf-8")
        (out / "pareto.svg").write_bytes(plot(points))


def _rows(
    files: Sequence[Path], held_out: Sequence[Path], language: str, encoders: Sequence[Path]
) -> Rows:
    """Read the rows of both heads, and leave out what an encoder or a head has met."""
    from heads.training.data.dataset import make_dataset
    from heads.training.data.provenance import encoder_rows
    from heads.training.pareto.measure import Rows, never_met
    from heads.training.pareto.points import HEADS

    learnt, judged = read_records(files or (CORPUS,)), read_records(held_out or (HELD_OUT,))
    tuned_on = frozenset[str]().union(*map(encoder_rows, encoders))
    datasets = {name: make_dataset(REPLY_TASKS[name], learnt) for name in HEADS}
    return Rows(
        datasets,
        {
            name: never_met(make_dataset(REPLY_TASKS[name], judged), data, tuned_on, language)
            for name, data in datasets.items()
        },
    )


def _encoder(
    folder: Path, precision: Precision, folds: Sequence[Path], depths: tuple[int, ...], cache: Path
) -> EncoderUnderTest:
    """Open an encoder on one thread; an int8 folder has a format of its own."""
    from embedder.encoder import EncoderConfig
    from heads.training.commands.encoders import open_store
    from heads.training.fitting.cross_fit import open_cross_fit
    from heads.training.fitting.embeddings import EmbeddingStore
    from heads.training.pareto.measure import EncoderUnderTest

    config = EncoderConfig(
        model=folder, precision="auto" if precision == "int8" else precision, streams=1
    )
    cross_fit = open_cross_fit(folds, partial(open_store, cache))
    return EncoderUnderTest(EmbeddingStore(cache, config), cross_fit, depths)


def _points(
    kind: Kind, precision: Precision, encoder: EncoderUnderTest, rows: Rows, cache: Path
) -> Iterator[Point]:
    """Measure the points of one encoder, or read what was kept of them."""
    from heads.training.behaviour.material import read_material
    from heads.training.pareto.measure import measure_point
    from heads.training.pareto.points import Place, digest_of, kept

    facts = {**rows.facts(), **encoder.facts(), "machine": machine()}
    for depth in encoder.depths:
        place = Place(kind, precision, depth)
        measure = partial(measure_point, place, encoder, rows, read_material())
        point = kept(cache / "pareto", digest_of(place, facts), measure)
        click.echo(
            f"{place.name}: {point.score.macro_f1:.3f}, {point.cost.alone_ms:.2f} ms", err=True
        )
        yield point


def machine() -> str:
    """Return the processor's name, which CPU times hang on."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split("\n"):
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _heading(rows: Rows, language: str) -> list[str]:
    judged = rows.held_out["intent"]
    return [
        "# Depth, precision and tuning of the encoder",
        "",
        f"`heads pareto`, on {machine()}: one linear member on `text@LAYER`, learnt from "
        f"{len(rows.learnt['intent'])} rows, judged on {len(judged)} rows"
        f"{f' in {language}' * bool(language)} by {len(set(judged.sources))} writers whom neither "
        "head nor encoder has learnt from. CPU time of one thread, a text alone and in batches of "
        "32. Rates of behaviour are failures over cases, of `intent`. Bold: no point is both "
        "cheaper and better.",
        "",
        "![plot](pareto.svg)",
        "",
    ]
