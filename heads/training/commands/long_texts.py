"""Defines `heads long-texts`: how replies fare that are hidden in long texts."""

from __future__ import annotations

from pathlib import Path

import click

from embedder.errors import EmbedderError
from heads.cli import click_errors
from heads.errors import HeadsError
from heads.training.commands.train import CATALOG, CORPUS, HELD_OUT
from heads.training.data.tables import read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import TrainingError

FILLER = HELD_OUT.parent / "long_texts.jsonl"

_FILES = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def training() -> None:
    """Judge how long texts are read."""


@training.command("long-texts")
@click.option("--data", "files", type=_FILES, multiple=True, help="Replies to hide (held_out).")
@click.option("--filler", type=_FILES, default=FILLER, help="Sentences to hide them in, JSONL.")
@click.option(
    "--rows", default=64, show_default=True, type=click.IntRange(4), help="Half opt-outs."
)
@click.option("--catalog", type=_FOLDER, default=CATALOG, help="Of intent and has_opt_out.")
@click.option("--model", type=_FOLDER, help="BERT folder instead of the default encoder.")
@click_errors(EmbedderError, HeadsError, TrainingError)
def long_texts(
    files: tuple[Path, ...], filler: Path, rows: int, catalog: Path, model: Path | None
) -> None:
    """Hide replies in texts of 300 to 2,000 tokens, and read them in every way that there is."""
    from embedder.checkpoint.folder import find_model
    from embedder.encoder import EncoderConfig, load_encoder
    from heads.bundle.loading import load_folder
    from heads.training.benchmark.long_texts import Filler
    from heads.training.benchmark.reading import Heads, reading_table
    from heads.training.data.dataset import make_dataset

    records = read_records(files or (HELD_OUT,))
    intent, opt_out = (
        make_dataset(REPLY_TASKS[name], records) for name in ("intent", "has_opt_out")
    )
    heads = Heads(*(load_folder(_production(catalog / name)) for name in ("intent", "has_opt_out")))
    sentences = Filler.of(read_records((filler,)))
    loaded = load_encoder(EncoderConfig(model=model, streams=1))
    folder = find_model(model).folder
    click.echo("\n".join(reading_table(loaded, folder, heads, (intent, opt_out), sentences, rows)))


@training.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--data", "files", type=_FILES, multiple=True, help="Replies to learn from.")
@click.option("--model", type=_FOLDER, help="BERT folder instead of the default encoder.")
@click_errors(EmbedderError, HeadsError, TrainingError)
def salience(out: Path, files: tuple[Path, ...], model: Path | None) -> None:
    """Learn from English replies which sentences of a long text matter; write the table OUT."""
    import numpy as np
    import tokenizers

    from embedder.checkpoint.folder import find_model
    from heads.training.data.dataset import make_dataset
    from heads.training.fitting.salience import salience_table

    data = make_dataset(REPLY_TASKS["intent"], read_records(files or (CORPUS,)))
    english = np.flatnonzero(np.array(data.languages) == "en")
    tokenizer = tokenizers.Tokenizer.from_file(str(find_model(model).folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    out.write_bytes(salience_table(data.rows(english), tokenizer))
    click.echo(f"{out}: learnt from {len(english)} replies; it is part of every fingerprint")


def _production(folder: Path) -> Path:
    from heads.training.building.evaluate import bundle_folder

    return bundle_folder(folder.parent, folder.name)
