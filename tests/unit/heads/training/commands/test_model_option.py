"""Laws of `--model`: the words of EMBEDDER_MODEL stand for the encoders that they name there."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from embedder.checkpoint.folder import find_base, find_model
from heads.training.commands.encoders import Word, model_option


def chosen(*arguments: str, usual: Word = "default", several: bool = False) -> str:
    """Return what a command with the option is given, as text."""

    @click.command()
    @model_option(usual=usual, several=several)
    def command(**options: object) -> None:
        (value,) = options.values()
        click.echo(", ".join(map(str, value)) if isinstance(value, tuple) else value or "usual")

    return CliRunner().invoke(command, arguments).output.rstrip("\n")


def test_words_name_the_encoders_of_the_embedder() -> None:
    """The usual one needs no folder; the other is found where set-up put it."""
    frozen, tuned = str(find_base().folder), str(find_model().folder)
    assert chosen() == chosen("--model", "default") == "usual"
    assert chosen("--model", "frozen") == frozen
    assert chosen("--model", "frozen", usual="frozen") == "usual"
    assert chosen("--model", "default", usual="frozen") == tuned
    several = ("--model", "default", "--model", "frozen", "--model", "a/b")
    assert chosen(*several, several=True) == f"{frozen}, a/b"


def test_other_words_are_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder called like a word is named by its path; a file is refused."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert chosen("--model", "./frozen") == "frozen"
    assert chosen("--model", "Frozen") == "Frozen"
    assert "is a file" in chosen("--model", "file")
