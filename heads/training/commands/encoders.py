"""Opens the encoder that training commands read rows by, and checks that there is one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heads.training.errors import DataError

if TYPE_CHECKING:
    from heads.training.data.dataset import Dataset
    from heads.training.fitting.cross_fit import CrossFit
    from heads.training.fitting.embeddings import EmbeddingStore


def open_store(cache: Path, model: Path | None) -> Any:
    """Open the store of embeddings by the default encoder, or by the one in a folder.

    Raises DataError for a folder that holds none.
    """
    from embedder.encoder import EncoderConfig
    from embedder.errors import EmbedderError
    from heads.training.fitting.embeddings import EmbeddingStore

    if sys.stderr.isatty():
        click.echo("loading the encoder ...", err=True)
    try:
        return EmbeddingStore(cache, EncoderConfig(model=model))
    except EmbedderError as error:
        raise DataError(f"the encoder cannot be loaded: {error}") from error


def check_model(model: Path | None) -> int:
    """Return how many layers the encoder has; raise DataError for a folder that holds none."""
    from embedder.checkpoint.folder import find_model
    from embedder.errors import EmbedderError

    try:
        return find_model(model).architecture.layers
    except EmbedderError as error:
        where = "" if model is None else f"--model {model}: "
        raise DataError(f"{where}{error}") from error


def warn_of_known(data: Dataset, store: EmbeddingStore, cross_fit: CrossFit | None) -> None:
    """Say on standard error where rows would be judged by an encoder that they tuned."""
    from heads.training.data.provenance import known_to_encoder

    if cross_fit is None and (warning := known_to_encoder(data, store.tuned_on)):
        click.echo(warning, err=True)
