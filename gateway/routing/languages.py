"""Identifies the language of a text by its words and their trigrams: a pure function of it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNKNOWN = "und"
"""The language of a text that is in none of the model's, as BCP 47 names it."""
READ_CHARS = 160
"""Characters that are looked at: more gain nothing, and a mail's language stands at its start."""
MODEL_FILE = Path(__file__).parent / "data" / "languages.tsv"
_WORD = re.compile(r"[^\W\d_]+")
_GRAM = 3
NO_LANGUAGE: Mapping[str, float] = {}


def features(text: str) -> list[str]:
    """Return the words at the start of a text, each in spaces, and the trigrams of longer ones."""
    found: list[str] = []
    for word in _WORD.findall(text[:READ_CHARS].lower()):
        padded = f" {word} "
        found.append(padded)
        if len(padded) > _GRAM:
            found += [padded[start : start + _GRAM] for start in range(len(padded) - 2)]
    return found


def letters(text: str) -> int:
    """Count the letters that `features` reads."""
    return sum(map(len, _WORD.findall(text[:READ_CHARS])))


@dataclass(frozen=True)
class LanguageModel:
    """Naive Bayes over `features`; `weights` is (features, languages), logarithms.

    `priors` are the languages' shares before a word is read. Evidence is divided by `temperature`,
    since words and their trigrams are counted as if they were independent. A text with fewer
    than `least_letters` is too short to tell; one of whose features less than `least_known` are
    in the model is in no language of it.
    """

    languages: tuple[str, ...]
    vocabulary: Mapping[str, int]
    weights: NDArray[np.float32]
    priors: Mapping[str, float]
    temperature: float
    least_letters: int
    least_known: float

    def probabilities(self, text: str) -> Mapping[str, float]:
        """Return each language's probability: UNKNOWN alone for none of them, {} if too short."""
        if letters(text) < self.least_letters:
            return NO_LANGUAGE
        seen = features(text)
        rows = [row for feature in seen if (row := self.vocabulary.get(feature)) is not None]
        if len(rows) < self.least_known * len(seen):
            return {UNKNOWN: 1.0}
        scores = self.weights[rows].sum(axis=0) / self.temperature + self._log_priors
        shares = np.exp(scores - scores.max())
        return dict(zip(self.languages, (shares / shares.sum()).tolist(), strict=True))

    @cached_property
    def _log_priors(self) -> NDArray[np.float64]:
        return np.log([self.priors[language] for language in self.languages])


def likeliest(probabilities: Mapping[str, float]) -> str | None:
    """Return the likeliest language, None where a text was too short to tell."""
    return max(probabilities, key=probabilities.__getitem__, default=None)


def read_model(path: Path = MODEL_FILE) -> LanguageModel:
    """Read a model: a line of JSON about it, then a line a feature with its weight a language."""
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    about: dict[str, Any] = json.loads(first)
    cells = [line.split("\t") for line in lines]
    return LanguageModel(
        languages=tuple(about["languages"]),
        vocabulary={row[0]: index for index, row in enumerate(cells)},
        weights=np.array([row[1:] for row in cells], dtype=np.float32) / about["scale"],
        priors=about["priors"],
        temperature=about["temperature"],
        least_letters=about["least_letters"],
        least_known=about["least_known"],
    )
