"""Defines `heads select|label-errors|simulate-labels|convert`: what is worth a person's look."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from heads.cli import click_errors
from heads.errors import HeadsError
from heads.training.commands.encoders import model_option, open_store
from heads.training.commands.train import CACHE
from heads.training.data.annotation_formats import FORMATS, Columns, Format, read_rows, write_rows
from heads.training.data.tables import Record, read_records
from heads.training.errors import DataError, TrainingError

if TYPE_CHECKING:
    from heads.training.labelling.pool import Pool
    from heads.training.labelling.simulation import Curve

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_STRATEGIES = ("tcm", "typical", "margin", "random")
_VIEWS = "mean@3+mean@4+mean@6"
_LEAST_GAIN = 0.005
_Command = TypeVar("_Command", bound=Callable[..., Any])

_handle_errors = click_errors(TrainingError, HeadsError)


@click.group()
def training() -> None:
    """Label."""


def _pool_options(command: _Command) -> _Command:
    options = (
        click.argument("files", type=_FILES, nargs=-1, required=True),
        click.option("--text-column", default="text", show_default=True),
        click.option("--views", default=_VIEWS, show_default=True),
        click.option("--cache", type=_FOLDER, default=CACHE, show_default=True),
        model_option(),
        click.option("--seed", default=0, show_default=True),
    )
    for option in reversed(options):
        command = option(command)
    return command


@training.command()
@_pool_options
@click.option("--head", "heads", multiple=True, required=True, help="Column of its labels.")
@click.option("--count", default=24, show_default=True, type=click.IntRange(1))
@click.option("--strategy", type=click.Choice(_STRATEGIES), default="tcm", show_default=True)
@click.option("--never", type=_FILES, multiple=True, help="Rows of evaluations: never chosen.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="JSON lines.")
@_handle_errors
def select(
    files: tuple[Path, ...], text_column: str, views: str, cache: Path, model: Path | None,
    seed: int, heads: tuple[str, ...], count: int, strategy: Any, never: tuple[Path, ...],
    out: Path | None,
) -> None:  # fmt: skip
    """Choose which rows of FILES to label next, for one head or several at once.

    Rows without a label in a head's column are unlabelled. First come typical texts, then those in
    doubt; never rows that the gate keeps apart. Says when more labels hardly bring anything.
    """
    from heads.training.labelling.selection import choose
    from heads.training.labelling.stopping import last_gain

    pool = _pool(files, heads, text_column, views, cache, model, never)
    choice = choose(pool.x, pool.heads, pool.free, count, strategy=strategy, seed=seed)
    lines = [_chosen(pool, row, rank, choice.strategy, choice.margins)
             for rank, row in enumerate(choice.rows.tolist(), start=1)]  # fmt: skip
    if out is None:
        click.echo("".join(lines), nl=False)
    else:
        out.write_text("".join(lines), encoding="utf-8")
    click.echo(
        f"{len(lines)} of {int(pool.free.sum())} rows to choose from, by {choice.strategy}",
        err=True,
    )
    for head in pool.heads:
        gain = last_gain(pool.x, head, pool.authors)
        if gain is None:
            click.echo(f"{head.name}: {int(head.known.sum())} labels, too few to stop", err=True)
            continue
        verdict = f"more bring less than {_LEAST_GAIN}" if gain.stop_at(_LEAST_GAIN) else "go on"
        click.echo(
            f"{head.name}: the last {gain.step} of {gain.labels} labels brought {gain.gain:+.3f} "
            f"({gain.low:+.3f} to {gain.high:+.3f}) macro-F1: {verdict}",
            err=True,
        )


@training.command("label-errors")
@_pool_options
@click.option("--head", required=True, help="Column of its labels.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@_handle_errors
def label_errors(
    files: tuple[Path, ...], text_column: str, views: str, cache: Path, model: Path | None,
    seed: int, head: str, limit: int,
) -> None:  # fmt: skip
    """List labels that look wrong to heads which never saw the row's author, most suspect first."""
    from heads.training.labelling.label_errors import find_label_errors

    pool = _pool(files, (head,), text_column, views, cache, model, labelled=True)
    found = find_label_errors(pool.x, pool.heads[0], pool.authors, seed=seed)
    labels = pool.labels[head]
    for row, suggested, margin, suspect in list(
        zip(found.rows, found.suggested, found.margins, found.suspect, strict=True)
    )[:limit]:
        record = pool.records[row]
        mark = "suspect" if suspect else "unsure"
        text = " ".join(str(record.fields[text_column]).split())
        click.echo(
            f"{record.place}: {mark} {margin:+.2f}: {record.fields[head]} or {labels[suggested]}? "
            f"{text[:120]}"
        )
    click.echo(f"{int(found.suspect.sum())} of {len(found.rows)} labels are suspect", err=True)


@training.command("simulate-labels")
@_pool_options
@click.option("--head", required=True, help="Column of its labels.")
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(1))
@click.option("--count", default=24, show_default=True, help="Labels a round.")
@click.option("--most", default=1000, show_default=True, help="Labels to give up at.")
@click.option("--strategy", type=click.Choice(_STRATEGIES), default="tcm", show_default=True)
@click.option("--bound", default=0.6, show_default=True, help="Fail above this share of random's.")
@_handle_errors
def simulate_labels(
    files: tuple[Path, ...], text_column: str, views: str, cache: Path, model: Path | None,
    seed: int, head: str, seeds: int, count: int, most: int, strategy: Any, bound: float,
) -> None:  # fmt: skip
    """Label a labelled corpus round by round, by a strategy and by chance, and compare.

    Counts the labels to 95 % of the macro-F1 that the whole pool gives on authors held out. With a
    tuned encoder that knows the corpus the count says nothing: `--model frozen`.
    """
    from heads.training.labelling.simulation import compare, full_macro_f1, simulate

    pool = _pool(files, (head,), text_column, views, cache, model, labelled=True)
    rows = (pool.x, pool.heads[0], pool.authors)
    full = {each: full_macro_f1(*rows, seed=each) for each in range(seed, seed + seeds)}

    def curves(which: Any) -> list[Curve]:
        return [
            simulate(*rows, which, seed=each, batch=count, most=most, full=best, note=click.echo)
            for each, best in full.items()
        ]

    result = compare(curves(strategy), curves("random"))
    pairs = ", ".join(f"{ours:g}/{chance:g}" for ours, chance in result.needed)
    click.echo(f"labels needed, {strategy}/random: {pairs}")
    ratio = f"{result.ratio:.2f}" if isfinite(result.ratio) else "none, the aim was not reached"
    click.echo(f"ratio {ratio}, one-sided sign test p = {result.p_value:.3f}")
    if result.ratio > bound:
        raise SystemExit(1)


@training.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "source_format", type=click.Choice(FORMATS), required=True)
@click.option("--to", "target_format", type=click.Choice(FORMATS), required=True)
@click.option("--text-column", default="text", show_default=True)
@click.option("--label-column", default="label", show_default=True)
@click.option("--several", is_flag=True, help="The column holds lists of labels.")
@_handle_errors
def convert(
    source: Path, target: Path, source_format: Format, target_format: Format, text_column: str,
    label_column: str, several: bool,
) -> None:  # fmt: skip
    """Convert labelled rows between JSON lines, Label Studio, doccano, Prodigy and CSV."""
    columns = Columns(text_column, label_column, several)
    content = source.read_bytes().decode("utf-8")
    rows = read_rows(content, source_format, columns)
    target.write_bytes(write_rows(rows, target_format, columns).encode("utf-8"))
    click.echo(f"{len(rows)} rows", err=True)


def _pool(
    files: Sequence[Path], heads: Sequence[str], text_column: str, views: str, cache: Path,
    model: Path | None, never: Sequence[Path] = (), *, labelled: bool = False,
) -> Pool:  # fmt: skip
    from heads.training.labelling.pool import make_pool

    records = [record for record in read_records(files) if not labelled or _has(record, heads)]
    if not records:
        raise DataError("there is no row to choose from")
    evaluated = read_records(never) if never else []
    return make_pool(
        records, heads, open_store(cache, model), views.split("+"), text_column=text_column,
        never=evaluated,
    )  # fmt: skip


def _has(record: Record, heads: Sequence[str]) -> bool:
    return any(record.fields.get(head) not in (None, "") for head in heads)


def _chosen(pool: Pool, row: int, rank: int, strategy: str, margins: dict[str, Any]) -> str:
    doubts = {name: round(float(margin[row]), 4) for name, margin in margins.items()}
    selection = {"rank": rank, "strategy": strategy, "margins": doubts}
    fields = {**pool.records[row].fields, "selection": selection}
    return json.dumps(fields, ensure_ascii=False) + "\n"
