"""The offline commands: `gateway evaluate` judges the pipeline, `gateway prepare` cleans rows."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from gateway.config import Settings
from gateway.events import configure_logging


@click.command()
@click.option("--file", "path", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--endpoint", help="address of a running gateway (default: everything in process)")
@click.option("--catalog", type=click.Path(path_type=Path), help="heads to judge, when in process")
@click.option("--json", "as_json", is_flag=True, help="print all figures as JSON")
def evaluate(path: Path, endpoint: str | None, catalog: Path | None, as_json: bool) -> None:
    """Judge the whole pipeline on labelled mail; prints aggregates only, never a text."""
    from gateway.offline import ask
    from gateway.offline.evaluate import RowError, read_rows
    from gateway.offline.evaluate import evaluate as judge

    configure_logging("error")
    try:
        rows = read_rows(path)
    except RowError as error:
        raise click.ClickException(str(error)) from None
    source = ask.at(endpoint) if endpoint else ask.in_process(catalog or Settings().catalog)
    with source as asked:
        figures = judge(rows, asked)
    click.echo(json.dumps(figures, indent=2) if as_json else table(figures))
    sys.exit(0)


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def prepare(sources: tuple[Path, ...], out: Path) -> None:
    """Write labelled JSON lines with every text as the heads will see it, for `heads train`."""
    from gateway.offline.prepare import prepared_lines

    out.mkdir(parents=True, exist_ok=True)
    for source in sources:
        (out / source.name).write_text(prepared_lines(source), encoding="utf-8")
        click.echo(f"{source} -> {out / source.name}")


def table(figures: dict[str, Any]) -> str:
    """The figures for a terminal."""
    lines = [f"{figures['rows']} rows, decided by {figures['decided_by']}"]
    for head, found in figures["heads"].items():
        low, high = found["macro_f1_interval"]
        answered = found["answered_accuracy"]
        lines += [
            f"\n{head}: {found['rows']} rows",
            f"  macro-F1 {found['macro_f1']:.3f} ({low:.3f} to {high:.3f}), "
            f"weighted {found['weighted_f1']:.3f}",
            f"  accuracy {found['accuracy']:.3f}, lenient {found['lenient_accuracy']:.3f}",
            f"  answered {found['coverage']:.0%} of them"
            + ("" if answered is None else f", accuracy of these {answered:.3f}")
            + f"; calibration error {found['ece']:.3f}",
        ]
        lines += [
            f"    {label:18} precision {one['precision']:.2f}  recall {one['recall']:.2f}  "
            f"F1 {one['f1']:.2f}  rows {one['rows']}"
            for label, one in found["labels"].items()
        ]
    return "\n".join(lines)
