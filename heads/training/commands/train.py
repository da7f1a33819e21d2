"""Defines the training commands: `heads train`, `heads evaluate`, `heads bench`, `heads data`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from heads.cli import click_errors
from heads.errors import HeadsError
from heads.training.data.tables import CONTEXT_COLUMN, Record, read_records
from heads.training.data.taxonomy import REPLY_TASKS, Task
from heads.training.errors import TrainingError
from heads.training.fitting.recipe import MemberSpec

_PACKAGE = Path(__file__).parents[2]
CORPUS = _PACKAGE / "data" / "replies"
CATALOG = _PACKAGE / "catalog"
CACHE = Path(".cache") / "embeddings"
# Chosen by out-of-fold log-loss on the corpus (`--members auto` chooses anew), and the same for
# every reply head, so that serving stacks them into few matrix products.
REPLY_MEMBERS = "mean@3+mean@4+mean@6;lexical;mean@3+mean@4+mean@6/32"

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


_handle_errors = click_errors(TrainingError, HeadsError)


@click.group()
def training() -> None:
    """Train, evaluate and benchmark heads; check labelled data."""


_data = click.option(
    "--data", "files", type=_FILES, multiple=True, help="JSONL, CSV, Parquet or a folder of JSONL."
)
_text = click.option("--text-column", default="text", show_default=True)
_context = click.option(
    "--context-column", default=CONTEXT_COLUMN, show_default=True, help="The mail that it answers."
)
_label = click.option("--label-column", help="Column of the label; not for the reply heads.")
_group = click.option("--group-column", default="author", show_default=True, help="Who wrote it.")
_catalog = click.option("--catalog", type=_FOLDER, default=CATALOG, help="Folder of heads.")
_cache = click.option(
    "--cache", type=_FOLDER, default=CACHE, show_default=True, help="Where embeddings are kept."
)
_model = click.option("--model", type=_FOLDER, help="BERT folder instead of the default encoder.")


@training.command()
@click.argument("name")
@_data
@_text
@_context
@_label
@_group
@click.option(
    "--group-by",
    type=click.Choice(["author", "source", "random"]),
    default="author",
    show_default=True,
    help="What stands whole on one side of every fold.",
)
@click.option("--members", help="`auto`, or e.g. `mean@3+mean@6;lexical;mean@6/128`.")
@click.option("--tune/--no-tune", default=False, help="Choose strengths and class weighting too.")
@click.option("--precision", type=click.FloatRange(0.5, 1.0), help="Precision of what is decided.")
@click.option("--version", help="Default: the next free number.")
@click.option("--seed", default=0, show_default=True)
@_catalog
@_cache
@_model
@_handle_errors
def train(
    name: str, files: tuple[Path, ...], text_column: str, context_column: str,
    label_column: str | None, group_column: str, group_by: str, members: str | None, tune: bool,
    precision: float | None, version: str | None, seed: int, catalog: Path, cache: Path,
    model: Path | None,
) -> None:  # fmt: skip
    """Train the head NAME and write its bundle; `heads promote` makes it answer."""
    from heads.training.behaviour.recorded import with_clear_record
    from heads.training.building.train import Plan, write
    from heads.training.building.train import train as train_head
    from heads.training.data.dataset import make_dataset
    from heads.training.data.provenance import known_to_encoder
    from heads.training.evaluation.model_card import evaluation_table
    from heads.training.fitting.recipe import Recipe, parse_members

    records = read_records(files or (CORPUS,))
    task = _task(name, records, label_column)
    if precision is not None:
        task = replace(task, policy=replace(task.policy, precision=precision))
    data = make_dataset(
        task,
        records,
        text_column=text_column,
        context_column=context_column,
        group_column=group_column,
    )
    chosen = members or (REPLY_MEMBERS if task is REPLY_TASKS.get(name) else "auto")
    recipe = None if chosen == "auto" else Recipe(parse_members(chosen))
    version = version or next_version(catalog / name)
    store = open_store(cache, model)
    if warning := known_to_encoder(data, store.tuned_on):
        click.echo(warning, err=True)
    plan = Plan(version=version, recipe=recipe, tune=tune, group_by=group_by, seed=seed)
    trained = train_head(data, store, plan, _progress)
    trained = with_clear_record(trained, data, store, seed=seed)
    folder = write(trained, data, store, catalog, version)
    click.echo(f"{folder}: {len(data)} rows, {', '.join(m.name for m in trained.recipe.members)}")
    click.echo("\n".join(evaluation_table(trained.evaluation)))


@training.command()
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every reply head of the catalog.")
@_data
@_text
@_context
@_label
@_group
@click.option("--refit", is_flag=True, help="Refit per fold on the given data.")
@click.option("--version", help="Default: the version in production.")
@click.option("--out", type=_FOLDER, help="Write metrics.json, README.md and pictures there.")
@_catalog
@_cache
@_model
@_handle_errors
def evaluate(
    names: tuple[str, ...], every: bool, files: tuple[Path, ...], text_column: str,
    context_column: str, label_column: str | None, group_column: str, refit: bool,
    version: str | None, out: Path | None, catalog: Path, cache: Path, model: Path | None,
) -> None:  # fmt: skip
    """Evaluate heads: without --data out of fold on the shipped corpus, else on given rows."""
    from heads.training.building import evaluate
    from heads.training.data.dataset import make_dataset
    from heads.training.data.provenance import known_to_encoder
    from heads.training.evaluation.model_card import evaluation_table, label_table

    chosen = tuple(task for task in REPLY_TASKS if (catalog / task).is_dir()) if every else names
    if not chosen:
        raise click.UsageError("name a head, or --all")
    records = read_records(files or (CORPUS,))
    columns = {
        "text_column": text_column,
        "context_column": context_column,
        "group_column": group_column,
    }
    store = open_store(cache, model)
    for name in chosen:
        folder = evaluate.bundle_folder(catalog, name, version)
        task = _task(name, records, label_column)
        data = make_dataset(task, records, **columns)
        if refit or not files:
            if warning := known_to_encoder(data, store.tuned_on):
                click.echo(warning, err=True)
            figures = evaluate.evaluate_refit(folder, data, store)
        else:
            figures = evaluate.evaluate_as_is(folder, data, store)
            if left_out := figures["given"]["left_out"]:
                message = f"{left_out} of {len(data)} rows left out"
                click.echo(f"{message}: {name} {folder.name} learnt from them")
        click.echo(f"\n## {name} {folder.name}\n")
        click.echo(
            "\n".join([*evaluation_table(figures), "", *label_table(next(iter(figures.values())))])
        )
        if out is not None:
            click.echo(f"written to {evaluate.write_report(folder, data, figures, out)}")


@training.group()
def data() -> None:
    """Look at and check labelled replies."""


@data.command()
@click.argument("files", type=_FILES, nargs=-1)
@click.option("--against", type=_FILES, multiple=True, help="Evaluation files to stay clear of.")
@click.option("--quotas/--no-quotas", default=True, help="Print counts beside what was planned.")
@_handle_errors
def check(files: tuple[Path, ...], against: tuple[Path, ...], quotas: bool) -> None:
    """Check a corpus; list every failure as file:line and exit with 1."""
    from heads.training.data.checks import check_corpus
    from heads.training.data.quotas import quota_report

    rows = read_records(files or (CORPUS,))
    findings = check_corpus(rows, read_records(against) if against else ())
    if quotas:
        click.echo("\n".join(quota_report(rows)))
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{len(rows)} rows, {len(findings)} failures")
    if findings or not rows:
        raise SystemExit(1)


@data.command("agreement")
@click.argument("first", type=_FILES)
@click.argument("second", type=_FILES)
@click.option("--column", default="intent", show_default=True)
@click.option("--where", help="COLUMN=VALUE in both files, e.g. intent=objection.")
@_handle_errors
def show_agreement(first: Path, second: Path, column: str, where: str | None) -> None:
    """Show Cohen's kappa of two labelling passes of the same texts, per class."""
    from heads.training.data.agreement import agreement

    left, right = _labels_by_text(first, column, where), _labels_by_text(second, column, where)
    shared = [text for text in left if text in right]
    if not shared:
        raise click.ClickException("the two files share no text")
    result = agreement([left[text] for text in shared], [right[text] for text in shared])
    click.echo(f"{result.rows} rows, agreement {result.observed:.3f}, kappa {result.kappa:.3f}")
    for label, kappa in result.per_class.items():
        click.echo(f"  {label:<20} {kappa:.3f}")


@training.command()
@click.option("--data", "folder", type=_FILES, required=True, help="Folder of the public sets.")
@click.option(
    "--set", "sets", multiple=True, help="banking77, clinc150, hwu64, hwu64/10-shot (all)."
)
@click.option("--seeds", default=3, show_default=True)
@click.option("--published", type=_FILES, help="published_numbers.json (default: in the folder).")
@click.option("--out", type=click.Path(path_type=Path), help="Write the table there too.")
@click.option(
    "--tuned", is_flag=True, help="Tune one encoder on the training rows of all sets first."
)
@_cache
@_model
@_handle_errors
def bench(
    folder: Path, sets: tuple[str, ...], seeds: int, published: Path | None, out: Path | None,
    tuned: bool, cache: Path, model: Path | None,
) -> None:  # fmt: skip
    """Train and score on public intent sets, beside published figures and a TF-IDF floor."""
    from heads.training.benchmark.benchmark import run_benchmark
    from heads.training.benchmark.encoders import FrozenEncoder, TunedEncoders

    encoders = TunedEncoders(cache, model) if tuned else FrozenEncoder(open_store(cache, model))
    lines = run_benchmark(folder, sets, encoders, seeds=seeds, published=published)
    click.echo("\n".join(lines))
    if out is not None:
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def next_version(folder: Path) -> str:
    """Return the next free number of a head's versions."""
    numbers = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    return str(max(numbers, default=0) + 1)


def open_store(cache: Path, model: Path | None) -> Any:
    """Open the store of embeddings by the default encoder, or by the one in a folder."""
    from embedder.encoder import EncoderConfig
    from heads.training.fitting.embeddings import EmbeddingStore

    return EmbeddingStore(cache, EncoderConfig(model=model))


def _task(name: str, records: Sequence[Record], label_column: str | None) -> Task:
    from heads.training.data.dataset import infer_task

    if label_column is not None:
        return infer_task(name, records, label_column=label_column)
    if name not in REPLY_TASKS:
        raise click.UsageError(f"{name} is no reply head: name its --label-column")
    return REPLY_TASKS[name]


def _labels_by_text(path: Path, column: str, where: str | None) -> dict[str, str]:
    key, _, value = (where or "").partition("=")
    return {
        str(record.fields.get("text")): str(record.fields.get(column))
        for record in read_records([path])
        if where is None or str(record.fields.get(key)) == value
    }


def _progress(items: Iterable[MemberSpec], what: str) -> Iterable[MemberSpec]:
    from tqdm import tqdm

    bar: Iterable[MemberSpec] = tqdm(list(items), desc=what, leave=False)
    return bar
