"""The offline commands: `gateway evaluate` scores the pipeline, `gateway prepare` cleans rows."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from gateway.client.credentials import key_option, named_key
from gateway.config import load_settings
from trunkline.logs import configure_logging
from trunkline.settings import SettingsError, report_and_exit


@click.command()
@click.option(
    "--file",
    "paths",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    multiple=True,
    help="labelled JSON lines; may be given again",
)
@click.option("--endpoint", help="address of a running gateway (default: everything in process)")
@key_option
@click.option(
    "--catalog", type=click.Path(path_type=Path), help="heads to evaluate, when in process"
)
@click.option(
    "--floor",
    "floors",
    multiple=True,
    metavar="HEAD=MACRO_F1",
    help="exit with 1 where the head's macro-F1 is lower, or any head failed; may be given again",
)
@click.option("--json", "as_json", is_flag=True, help="print all figures as JSON")
def evaluate(
    paths: tuple[Path, ...],
    endpoint: str | None,
    api_key_env: str,
    catalog: Path | None,
    floors: tuple[str, ...],
    as_json: bool,
) -> None:
    """Evaluate the whole pipeline on labelled mail; prints aggregates only, never a text."""
    from gateway.offline import classifier, evaluation

    configure_logging("gateway", "error")
    wanted = dict(_floor(text) for text in floors)
    try:
        source = (
            classifier.at(endpoint, named_key(api_key_env))
            if endpoint
            else classifier.in_process(catalog or load_settings().catalog)
        )
        rows = [row for path in paths for row in evaluation.read_rows(path)]
        with source as ask:
            figures = evaluation.evaluate(rows, ask)
    except SettingsError as error:
        report_and_exit("gateway", error)
    except classifier.AddressError as error:
        raise click.BadParameter(str(error), param_hint="--endpoint") from None
    except (evaluation.RowError, classifier.RefusedError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(figures, indent=2) if as_json else table(figures))
    complaints = below(figures, wanted)
    click.echo("\n".join(complaints), err=True, nl=bool(complaints))
    sys.exit(1 if complaints else 0)


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


@click.group("languages")
def languages_commands() -> None:
    """Learn and judge the model that tells languages apart."""


_labelled = click.argument(
    "sources", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)


@languages_commands.command("learn")
@_labelled
@click.option("--usual", default="en", show_default=True, help="language of most mails")
@click.option("--share", default=0.75, show_default=True, type=click.FloatRange(0.01, 0.99))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
def learn_languages(sources: tuple[Path, ...], usual: str, share: float, out: Path) -> None:
    """Learn from JSON lines with `text` and `lang`; write the model's file."""
    from gateway.offline.languages import learn, read_rows

    out.write_text(learn(read_rows(sources), usual, share), encoding="utf-8")


@languages_commands.command("test")
@_labelled
def test_languages(sources: tuple[Path, ...]) -> None:
    """Show what the shipped model takes texts for, by their language."""
    from gateway.offline.languages import confusion_table, read_rows
    from gateway.routing.languages import read_model

    click.echo("\n".join(confusion_table(read_model(), read_rows(sources))))


def below(figures: dict[str, Any], floors: Mapping[str, float]) -> list[str]:
    """List the heads under their floor or without a scored row; nothing without floors.

    Mails that were refused and heads that failed are listed too: the figures are then those of the
    part that went well.
    """
    if not floors:
        return []
    refused = figures["decided_by"].get("refused", 0)
    macro_f1 = {head: scores["macro_f1"] for head, scores in figures["heads"].items()}
    return [
        *([f"refused: {refused} of {figures['rows']} rows"] if refused else []),
        *(f"failed: {head} on {count} rows" for head, count in figures["failed"].items()),
        *(
            f"below its floor: {head} has macro-F1 {macro_f1[head]:.3f}, not {floor:.3f}"
            if head in macro_f1
            else f"below its floor: {head} scored no row"
            for head, floor in floors.items()
            if head not in macro_f1 or macro_f1[head] < floor
        ),
    ]


def _floor(text: str) -> tuple[str, float]:
    head, _, number = text.partition("=")
    try:
        return head, float(number)
    except ValueError:
        raise click.BadParameter("must be HEAD=NUMBER", param_hint="--floor") from None


def table(figures: dict[str, Any]) -> str:
    """Return the figures as text for a terminal."""
    from gateway.offline.opt_outs import opt_out_lines

    lines = [f"{figures['rows']} rows, decided by {figures['decided_by']}"]
    lines += [f"{head} failed on {count} rows" for head, count in figures["failed"].items()]
    for head, scores in figures["heads"].items():
        low, high = scores["macro_f1_interval"]
        answered = scores["answered_accuracy"]
        lines += [
            f"\n{head}: {scores['rows']} rows",
            f"  macro-F1 {scores['macro_f1']:.3f} ({low:.3f} to {high:.3f}), "
            f"weighted {scores['weighted_f1']:.3f}",
            f"  accuracy {scores['accuracy']:.3f}, lenient {scores['lenient_accuracy']:.3f}",
            f"  answered {scores['coverage']:.0%} of them"
            + ("" if answered is None else f", accuracy of these {answered:.3f}")
            + f"; calibration error {scores['ece']:.3f}",
        ]
        lines += [
            f"    {name:18} precision {label['precision']:.2f}  recall {label['recall']:.2f}  "
            f"F1 {label['f1']:.2f}  rows {label['rows']}"
            for name, label in scores["labels"].items()
        ]
    if figures.get("opt_out"):
        lines += ["", *opt_out_lines(figures["opt_out"])]
    return "\n".join(lines)
