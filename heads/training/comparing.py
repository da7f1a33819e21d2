"""Puts the figures of two versions of a head side by side, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_FIGURES = ("macro_f1", "accuracy", "log_loss", "ece", "coverage", "answered_accuracy")


def comparison_table(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return lines of a Markdown table of two metrics.json: by split, then by label.

    Each version is judged on its own rows: where their digests differ, a line says so.
    """
    versions = (old.get("version", "?"), new.get("version", "?"))
    lines = [f"# {new.get('name', 'head')}: version {versions[0]} and version {versions[1]}", ""]
    if old.get("data_sha256") != new.get("data_sha256"):
        lines += ["Not judged on the same rows.", ""]
    lines += [f"| figure | {versions[0]} | {versions[1]} | change |", "|---|---:|---:|---:|"]
    return lines + [_row(*row) for row in _rows(old, new)]


def _rows(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[tuple[str, float | None, float | None]]:
    yield "rows", old.get("rows"), new.get("rows")
    for split, figures in new.get("evaluation", {}).items():
        before = old.get("evaluation", {}).get(split, {})
        for name in _FIGURES:
            if name in figures:
                yield f"{split}: {name}", before.get(name), figures[name]
        for label, its in figures.get("labels", {}).items():
            f1 = before.get("labels", {}).get(label, {}).get("f1")
            yield f"{split}: F1 of {label}", f1, its["f1"]


def _row(name: str, old: float | None, new: float | None) -> str:
    change = "" if old is None or new is None else f"{new - old:+.4g}"
    shown = ["-" if value is None else f"{value:.4g}" for value in (old, new)]
    return f"| {name} | {shown[0]} | {shown[1]} | {change} |"
