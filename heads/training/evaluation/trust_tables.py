"""Writes the model card's tables of what a head promises, on the writers it has not seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from heads.training.evaluation.trust import BINS

_SPLITS = {
    "source": "held-out writers (source files)",
    "author": "held-out authors",
    "given": "the given file",
    "random": "a random split",
}
_COLUMNS = {
    "length": "length of the reply",
    "language": "language",
    "native": "native writer",
    "region": "region",
    "industry": "industry",
    "name_origin": "origin of a name in the text",
}


def trust_section(evaluation: Mapping[str, Any]) -> list[str]:
    """Return the card's lines for the strictest split there is; none for older figures."""
    split = next((name for name in _SPLITS if "trust" in evaluation.get(name, {})), None)
    if split is None:
        return []
    figures = evaluation[split]["trust"]
    lines = [
        f"## What it promises, on {_SPLITS[split]}",
        "",
        "Brackets hold Wilson's 95 % interval, rows taken as independent. Thresholds of the figures"
        " below were chosen without the judged rows.",
        "",
    ]
    if "targets" in figures:
        lines += [*target_table(figures["targets"]), ""]
    if figures.get("coverage"):
        lines += ["Surest first, by the head's own probability:", ""]
        lines += [*coverage_lines(figures["coverage"]), ""]
    lines += [
        f"Calibration error by label, {BINS} equal bins: of its probability on all rows, and on the"
        " rows that it is the likeliest label of:",
        "",
        *calibration_table(figures["calibration"]),
        "",
    ]
    if "slices" in figures:
        lines += ["By who writes what:", "", *slice_table(figures["slices"]), ""]
    return lines


def target_table(targets: Mapping[str, Any]) -> list[str]:
    """Return a row for each label: the precision wanted, measured, and whether it was reached."""
    lines = [
        "| label | target precision | measured (95 %) | rows decided | |",
        "|---|---|---|---|---|",
    ]
    for label, its in targets.items():
        wanted = "-" if its["target"] is None else f"{its['target']:.2f}"
        measured = _share(its) if its["decided"] else "-"
        lines.append(f"| {label} | {wanted} | {measured} | {its['decided']} | {_outcome(its)} |")
    return lines


def coverage_lines(table: list[Mapping[str, Any]]) -> list[str]:
    """Return a row for each share of rows that is answered."""
    lines = ["| coverage | accuracy (95 %) | rows | probability from |", "|---|---|---|---|"]
    lines += [
        f"| {row['coverage']:.2f} | {_share(row)} | {row['rows']} | {row['confidence']:.2f} |"
        for row in table
    ]
    return lines


def calibration_table(errors: Mapping[str, Any]) -> list[str]:
    """Return a row for each label."""
    lines = ["| label | ECE, all rows | ECE, likeliest | rows likeliest |", "|---|---|---|---|"]
    lines += [
        f"| {label} | {its['ece']:.3f} | {its['ece_likeliest']:.3f} | {its['likeliest']} |"
        for label, its in errors.items()
    ]
    return lines


def slice_table(slices: Mapping[str, Any]) -> list[str]:
    """Return a row for each group of rows; a column without data is one row that says so."""
    lines = [
        "| rows by | | rows | accuracy (95 %) | answered: accuracy (95 %) at coverage |",
        "|---|---|---|---|---|",
    ]
    for column, groups in slices.items():
        name = _COLUMNS.get(column, column)
        if groups is None:
            lines.append(f"| {name} | not recorded | | | |")
        else:
            lines += _group_rows(name, groups)
    return lines


def _group_rows(name: str, groups: Mapping[str, Any]) -> Iterator[str]:
    for value, its in groups.items():
        answered = f"{_share(its['answered'])} at {its['coverage']:.2f}" if its["coverage"] else "-"
        cell = " ".join(value.replace("|", "/").split())
        yield f"| {name} | {cell} | {its['rows']} | {_share(its)} | {answered} |"


def _share(its: Mapping[str, Any]) -> str:
    low, high = its["interval"]
    return f"{its['share']:.3f} ({low:.3f}-{high:.3f})"


def _outcome(its: Mapping[str, Any]) -> str:
    if its["target"] is None:
        return "the policy keeps a recall"
    if not its["decided"]:
        return "never decided"
    if its["interval"][0] >= its["target"]:
        return "reached"
    if its["interval"][1] < its["target"]:
        return "missed"
    return "reached, not proved" if its["share"] >= its["target"] else "not reached, not disproved"
