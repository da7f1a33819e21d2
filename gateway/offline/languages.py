"""Learns the model of languages from labelled rows, and shows how well it tells them apart."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.routing.languages import UNKNOWN, LanguageModel, features, likeliest

TOO_SHORT = "too short"
_SMOOTHING = 0.5
_LEAST_TEXTS = 2
_VOCABULARY = 8000
_SCALE = 16
_FLOOR = -127
_TEMPERATURE = 3.0
_LEAST_LETTERS = 6
_LEAST_KNOWN = 0.6

Row = tuple[str, str]
"""A text and its language."""


def read_rows(paths: Iterable[Path]) -> list[Row]:
    """Read the texts and languages of JSON lines; rows without a language are left out."""
    rows = [
        json.loads(line)
        for path in paths
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    return [(row["text"], row["lang"]) for row in rows if row.get("lang")]


def learn(rows: Sequence[Row], usual: str, share: float) -> str:
    """Return a model's file, learnt from rows; `usual` is the language of a `share` of all mails.

    The other languages share the rest. The features that tell most are kept.
    """
    counts: dict[str, Counter[str]] = {}
    for text, language in rows:
        counts.setdefault(language, Counter()).update(set(features(text)))
    languages = (usual, *sorted(counts.keys() - {usual}))
    rest = (1.0 - share) / (len(languages) - 1)
    about = {
        "languages": languages,
        "priors": {language: share if language == usual else rest for language in languages},
        "temperature": _TEMPERATURE,
        "scale": _SCALE,
        "least_letters": _LEAST_LETTERS,
        "least_known": _LEAST_KNOWN,
        "rows": len(rows),
    }
    lines = [json.dumps(about)]
    for feature, logs in _most_telling(_logarithms(counts, languages)):
        highest = max(logs)
        weights = (max(_FLOOR, round((log - highest) * _SCALE)) for log in logs)
        lines.append("\t".join((feature, *map(str, weights))))
    return "\n".join(lines) + "\n"


def _logarithms(
    counts: Mapping[str, Counter[str]], languages: Sequence[str]
) -> dict[str, list[float]]:
    """Return the smoothed log frequency, a language each, of features that stand in two texts."""
    everywhere = sum(counts.values(), Counter[str]())
    totals = {name: counts[name].total() + _SMOOTHING * len(everywhere) for name in languages}
    return {
        feature: [
            math.log((counts[name][feature] + _SMOOTHING) / totals[name]) for name in languages
        ]
        for feature, texts in everywhere.items()
        if texts >= _LEAST_TEXTS
    }


def _most_telling(logs: Mapping[str, Sequence[float]]) -> list[tuple[str, Sequence[float]]]:
    def telling(item: tuple[str, Sequence[float]]) -> tuple[float, str]:
        shares = [math.exp(log) for log in item[1]]
        mean = math.log(sum(shares) / len(shares))
        return -sum(p * (log - mean) for p, log in zip(shares, item[1], strict=True)), item[0]

    return sorted(logs.items(), key=telling)[:_VOCABULARY]


def confusion(model: LanguageModel, rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Count, by a row's language, what the model takes its text for."""
    table: dict[str, Counter[str]] = {}
    for text, language in rows:
        guess = likeliest(model.probabilities(text)) or TOO_SHORT
        table.setdefault(language, Counter())[guess] += 1
    return {language: dict(guesses) for language, guesses in table.items()}


def confusion_table(model: LanguageModel, rows: Sequence[Row]) -> list[str]:
    """Return the counts as a Markdown table: a line a language, its share of right ones at last."""
    columns = (*model.languages, UNKNOWN, TOO_SHORT)
    lines = [_line(("language", *columns, "right")), _line(("---",) * (len(columns) + 2))]
    for language, guesses in confusion(model, rows).items():
        told = sum(guesses.values()) - guesses.get(TOO_SHORT, 0)
        right = f"{guesses.get(language, 0) / max(told, 1):.3f}"
        lines.append(_line((language, *(guesses.get(name, 0) for name in columns), right)))
    return lines


def _line(cells: Iterable[Any]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
