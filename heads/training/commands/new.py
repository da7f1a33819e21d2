"""Defines `heads new`: from a table of labelled texts to a bundle, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heads import config
from heads.cli import catalog_option, click_errors
from heads.errors import HeadsError
from heads.lifecycle import aliases
from heads.policy import Gate
from heads.storage.catalog import Catalog
from heads.training.commands.encoders import check_model, model_option, open_store
from heads.training.commands.train import CACHE, REPLY_MEMBERS
from heads.training.data.tables import CONTEXT_COLUMN, expanded, read_records
from heads.training.errors import TrainingError

if TYPE_CHECKING:
    from heads.training.building.order import TrainingRecord
    from heads.training.building.scaffold import Draft
    from heads.training.building.wanted import Wanted
    from heads.training.fitting.embeddings import EmbeddingStore

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_COLUMNS = {
    "text_column": "text",
    "context_column": CONTEXT_COLUMN,
    "label_column": "label",
    "group_column": "author",
}
_HELP = {
    "text_column": "Column of the texts.",
    "context_column": "The mail that a text answers.",
    "label_column": "One label, or several apart by | or ;.",
    "group_column": "Who wrote it.",
}


@click.group()
def training() -> None:
    """Make heads."""


@training.command()
@click.argument("name")
@click.option(
    "--data", "files", type=_FILES, multiple=True,
    help="CSV (any separator and encoding), Excel, JSONL, Parquet.",
)  # fmt: skip
@click.option(
    "--describe", type=_FILES, help="TOML of what labels mean; --data is then only measured on."
)
@click.option("--labels", help="All labels, apart by commas; left out, those of the table.")
@click.option("--description", default="", help="What the head is asked, for its card.")
@click.option("--members", default=REPLY_MEMBERS, show_default=True)
@click.option("--text-column", default=_COLUMNS["text_column"], help=_HELP["text_column"])
@click.option("--context-column", default=CONTEXT_COLUMN, help=_HELP["context_column"])
@click.option("--label-column", default=_COLUMNS["label_column"], help=_HELP["label_column"])
@click.option("--group-column", default=_COLUMNS["group_column"], help=_HELP["group_column"])
@catalog_option
@click.option(
    "--cache", type=_FOLDER, default=CACHE, show_default=True, help="Where embeddings are kept."
)
@model_option()
@click_errors(HeadsError, TrainingError)
def new(
    name: str, files: tuple[Path, ...], labels: str | None, description: str, members: str,
    catalog: Catalog, cache: Path, model: Path | None, describe: Path | None, **columns: str,
) -> None:  # fmt: skip
    """Make the head NAME from labelled texts: learnt, measured, written; it has no role yet.

    A table of several labels a row makes a yes/no head for each. Repeated rows are learnt once.
    With --describe it is made of the labels' meanings alone.
    """
    if describe is not None:
        _describe(name, describe, files, columns, open_store(cache, model), catalog)
        return
    if not files:
        raise click.UsageError("give --data, or --describe")
    from heads.training.building.scaffold import draft_heads, make_head
    from heads.training.building.wanted import Wanted, check_members
    from heads.training.evaluation.model_card import evaluation_table

    named = tuple(label.strip() for label in (labels or "").split(",") if label.strip())
    wanted = Wanted(name, named, description, **columns)
    wanted.check()
    recipe = check_members(members, check_model(model))
    drafts = draft_heads(wanted, read_records(files), lambda line: click.echo(line, err=True))
    options = [
        f"{_option(key)} {value}" for key, value in columns.items() if value != _COLUMNS[key]
    ]
    store = open_store(cache, model)
    record = _record(wanted, files, members, model, store.fingerprint)
    for draft in drafts:
        head = make_head(draft, recipe, store, catalog, record)
        click.echo(f"\n## {head.manifest.name}\n")
        click.echo("\n".join(evaluation_table(head.evaluation)))
        if head.warning:
            click.echo(head.warning, err=True)
        click.echo(
            f"{head.manifest.name}/{head.manifest.version} is in {catalog}: learnt from "
            f"{head.rows} rows, {head.apart} kept apart for the gate. Next:"
        )
        for line in next_steps(draft, head.manifest.version, catalog, files, options, model):
            click.echo(f"  {line}")


def _describe(
    name: str, file: Path, files: Sequence[Path], columns: Mapping[str, str],
    store: EmbeddingStore, catalog: Catalog,
) -> None:  # fmt: skip
    """Make a head of descriptions, and tell how good it is and what makes it better."""
    from heads.training.building.describe import described_data, make_described_head
    from heads.training.data.dataset import make_dataset
    from heads.training.data.descriptions import read_descriptions
    from heads.training.evaluation.model_card import evaluation_table

    descriptions = read_descriptions(file)
    data = described_data(name, descriptions)
    given = None
    if files:
        task = replace(data.task, column=columns["label_column"])
        names = {key: columns[key] for key in ("text_column", "context_column", "group_column")}
        given = make_dataset(task, read_records(files), **names)
    head = make_described_head(name, descriptions, given, store, catalog)
    click.echo("\n".join(evaluation_table(head.evaluation)))
    limits = ", ".join(f"{label} {value:.2f}" for label, value in head.manifest.thresholds.items())
    click.echo(
        f"{name}/{head.manifest.version} is in {catalog}: prototypes of {head.rows} sentences, "
        f"measured on {head.measured} examples, each held out; abstains below {limits}. Labelled "
        "rows make it better: `heads select` says which texts to label first."
    )


def next_steps(
    draft: Draft,
    version: str,
    catalog: Catalog,
    files: Sequence[Path],
    options: Sequence[str] = (),
    model: Path | None = None,
) -> Iterator[str]:
    """Yield the commands from a version to its first answer, as a shell takes them.

    Beside a version in production the gate compares the two on rows that neither has learnt
    from: those kept apart, where they are enough.
    """
    name = draft.wanted.name
    where = [] if str(catalog) == config.load_settings().catalog else [f"--catalog {catalog}"]
    yield _shell("heads lint", f"{name}/{version}", *where)
    yield _shell("heads test", f"{name}/{version}", *where)
    if model is not None:
        where.append(f"--model {model}")
    rows: list[str] = []
    if aliases.read(catalog, name)[0].production is not None:
        enough = len(draft.apart) >= Gate().min_rows and not draft.wanted.label
        rows = [f"--data {file}" for file in files] if enough else ["--data FRESH.csv"]
        rows += options
        if not enough:
            yield f"# FRESH.csv: {Gate().min_rows} rows or more that no version has learnt from"
    yield _shell("heads promote", name, version, *rows, *where, "--yes")
    yield "curl -s localhost:8080/v1/classify -H 'Content-Type: application/json' \\"
    yield f"""  -d '{{"text": "Your text here", "heads": ["{name}"]}}'"""


def _record(
    wanted: Wanted, files: Sequence[Path], members: str, model: Path | None, fingerprint: str
) -> TrainingRecord:
    """Record what was asked for, so that `heads retrain` can ask it again."""
    from heads.training.building.order import Order, TrainingRecord, state_now
    from heads.training.commands.run_training import word_of

    order = Order(
        wanted.name, "new", tuple(map(str, files)), wanted.text_column, wanted.context_column,
        wanted.label_column, wanted.group_column, wanted.labels, wanted.description, members,
        model=word_of(model),
    )  # fmt: skip
    return TrainingRecord(order, state_now(expanded(files), (fingerprint,)))


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _shell(command: str, *words: str) -> str:
    """Join words, of which `--option value` counts as two."""
    parts = [part for word in words for part in (word.split(" ", 1) if word[0] == "-" else [word])]
    return " ".join([command, *map(shlex.quote, parts)])
