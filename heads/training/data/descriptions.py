"""Reads what labels mean from a TOML file: sentences that describe each, and a few examples."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heads.training.data.tables import Record
from heads.training.errors import DataError

EXAMPLE = "example"
"""The column that says whether a row is an example, and not a description."""
_KEYS = {"describe", "examples"}
_MOST = 200  # sentences of a label


@dataclass(frozen=True)
class LabelMeaning:
    """A label, the sentences that describe it, and texts that have it."""

    label: str
    describe: tuple[str, ...]
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Descriptions:
    """What a head is asked, and what its labels mean, in the file's order."""

    path: Path
    description: str
    labels: tuple[LabelMeaning, ...]

    def records(self) -> list[Record]:
        """Return every sentence as a labelled row; each is its own author's."""
        rows = [
            {"text": text, "label": meaning.label, EXAMPLE: is_example}
            for meaning in self.labels
            for is_example, texts in ((False, meaning.describe), (True, meaning.examples))
            for text in texts
        ]
        return [Record(self.path, number, row) for number, row in enumerate(rows, start=1)]


def read_descriptions(path: Path) -> Descriptions:
    """Read `description`, and `describe` and `examples` of each `[labels.NAME]`.

    Raises DataError naming file and key of what is missing, unknown or twice.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as TOML: {error}") from None
    if unknown := table.keys() - {"description", "labels"}:
        raise DataError(f"{path}: unknown key {', '.join(sorted(unknown))}")
    labels = table.get("labels")
    if not isinstance(labels, dict) or len(labels) < 2:
        raise DataError(f"{path}: two tables [labels.NAME] are needed at least")
    meanings = tuple(_meaning(path, name, content) for name, content in labels.items())
    texts = [text.casefold() for m in meanings for text in (*m.describe, *m.examples)]
    if len(set(texts)) < len(texts):
        raise DataError(f"{path}: a sentence stands in it twice")
    return Descriptions(path, str(table.get("description", "")), meanings)


def _meaning(path: Path, name: str, content: Any) -> LabelMeaning:
    where = f"{path}: [labels.{name}]"
    if not isinstance(content, dict) or content.keys() - _KEYS:
        raise DataError(f"{where}: holds describe and examples, nothing else")
    describe, examples = (_texts(where, content, key) for key in ("describe", "examples"))
    if not describe and not examples:
        raise DataError(f"{where}: needs a sentence of describe or examples")
    return LabelMeaning(name, describe, examples)


def _texts(where: str, content: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = content.get(key, [])
    texts: Sequence[Any] = [value] if isinstance(value, str) else value
    is_list = isinstance(texts, list) and len(texts) <= _MOST
    if not is_list or not all(isinstance(text, str) and text.strip() for text in texts):
        raise DataError(f"{where}: {key} must be sentences, {_MOST} at most")
    return tuple(texts)
