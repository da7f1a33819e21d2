"""Opens the encoder that training commands read rows by, and checks that there is one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from heads.training.errors import DataError


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
