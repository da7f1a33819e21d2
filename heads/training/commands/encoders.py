"""Opens the encoder that training commands read rows by, and checks that there is one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import click

from heads.training.errors import DataError

if TYPE_CHECKING:
    from heads.training.data.dataset import Dataset
    from heads.training.fitting.cross_fit import CrossFit
    from heads.training.fitting.embeddings import EmbeddingStore

Word = Literal["default", "frozen"]
_WORDS: tuple[str, ...] = get_args(Word)
_Command = TypeVar("_Command", bound=Callable[..., Any])
_FOLDER = click.Path(file_okay=False, path_type=Path)


def model_option(
    *, usual: Word = "default", several: bool = False
) -> Callable[[_Command], _Command]:
    """Return `--model`: a BERT folder, or `default` or `frozen`, the words of EMBEDDER_MODEL.

    The command gets a folder, or None for the usual encoder; of `several` a tuple of folders.
    """
    return click.option(
        "--model",
        "models" if several else "model",
        multiple=several,
        metavar="FOLDER|default|frozen",
        callback=partial(_folders if several else _folder, usual),
        help=f"Another encoder than the {usual} one; a folder of such a name is `./{usual}`.",
    )


def _folders(
    usual: Word, context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> tuple[Path, ...]:
    folders = (_folder(usual, context, option, value) for value in values)
    return tuple(folder for folder in folders if folder is not None)


def _folder(
    usual: Word, context: click.Context, option: click.Parameter, value: str | None
) -> Path | None:
    """Return the folder that a word or path names; None for the usual encoder."""
    if value is None or value == usual:
        return None
    if value not in _WORDS:
        folder: Path = _FOLDER.convert(value, option, context)
        return folder
    from embedder.checkpoint.folder import find_base, find_model
    from embedder.errors import EmbedderError

    try:
        return find_base().folder if value == "frozen" else find_model().folder
    except EmbedderError as error:
        raise click.BadParameter(str(error), context, option) from error


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
