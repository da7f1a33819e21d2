"""Evaluates the whole pipeline on labelled mail: only aggregates leave, never a text.

A row is what `/v1/classify` takes (`text`, `html` or `raw`, ...) and true labels under the names
of heads; `alt_labels` are other intents that a fair annotator could have given.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gateway.offline.classifier import BATCH, Ask
from gateway.offline.opt_outs import opt_out_figures
from heads.training.metrics import (
    bootstrap_interval,
    confusion,
    expected_calibration_error,
    label_scores,
    macro_f1,
    weighted_f1,
)

_CONTENT = (
    "text",
    "html",
    "raw",
    "subject",
    "headers",
    "date",
    "own_domains",
    "last_outbound",
    "scope",
)
_RULE_INTENTS = {"bounce": "auto_reply", "calendar": "auto_reply", "empty": "other"}
"""The intents' labels for outcomes that only rules have."""
_OPT_OUT_LABEL = "has_opt_out"


@dataclass(frozen=True)
class HeadResult:
    """One head on one row: `acted` says whether the answer may be acted on."""

    truth: str
    label: str
    probability: float
    acted: bool
    lenient: bool  # right, or right by an alternative label
    by_rule: bool


class RowError(Exception):
    """A row of the file cannot be used; the text names its line."""


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines. Raises RowError naming the line, never its content."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            raise RowError(f"{path.name}:{number}: not JSON") from None
        if not isinstance(row, dict) or sum(name in row for name in _CONTENT[:3]) != 1:
            raise RowError(f"{path.name}:{number}: give exactly one of text, html and raw")
        rows.append(row)
    if not rows:
        raise RowError(f"{path.name}: no rows")
    return rows


def evaluate(rows: Sequence[dict[str, Any]], ask: Ask) -> dict[str, Any]:
    """Return figures by head, counts of deciders, and how often a head gave no answer.

    Under `opt_out` those of the decision's own state, None where no row has its label.
    """
    failed: Counter[str] = Counter()
    results: dict[str, list[HeadResult]] = {}
    decided: Counter[str] = Counter()
    states: list[tuple[bool, str | None, str]] = []
    for row, item in _answers(rows, ask):
        if item["status"] != 200:
            decided["refused"] += 1
            continue
        answer = item["answer"]
        decided[answer["decision"]["decided_by"] or "nobody"] += 1
        states += _opt_out(row, answer)
        for head in _labelled(row, answer):
            result = _head_result(row, answer, head)
            if result is None:
                failed[head] += _failed(answer, head)
            else:
                results.setdefault(head, []).append(result)
    return {
        "rows": len(rows),
        "decided_by": dict(decided),
        "failed": {head: count for head, count in sorted(failed.items()) if count},
        "heads": {head: _figures(results[head]) for head in sorted(results)},
        "opt_out": opt_out_figures(*zip(*states, strict=True)) if states else None,
    }


def _opt_out(row: dict[str, Any], answer: dict[str, Any]) -> Iterator[tuple[bool, str | None, str]]:
    """Yield (whether its author opts out, the answer's state, the author) of a labelled row."""
    truth = row.get(_OPT_OUT_LABEL)
    if truth is not None:
        author = str(row.get("author") or next(row[name] for name in _CONTENT[:3] if name in row))
        yield truth in (True, "yes"), answer["decision"]["opt_out"], author


def _answers(
    rows: Sequence[dict[str, Any]], ask: Ask
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        mails = [{name: row[name] for name in _CONTENT if row.get(name)} for row in part]
        yield from zip(part, ask(mails), strict=True)


def _labelled(row: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    heads = set(answer["heads"]) | {"intent"}
    return sorted(head for head in heads if row.get(head) is not None)


def _head_result(row: dict[str, Any], answer: dict[str, Any], head: str) -> HeadResult | None:
    """Return what the pipeline answered for `head`; None where it did not apply, or failed."""
    truth = row[head]
    truth = ("no", "yes")[truth] if isinstance(truth, bool) else str(truth)
    decision = answer["decision"]
    if head == "intent" and decision["decided_by"] == "rule":
        label = _RULE_INTENTS.get(decision["intent"], decision["intent"]) or "other"
        acted = decision["intent"] is not None
        return HeadResult(truth, label, 1.0, acted, label in _fair(row, truth), True)
    scored = answer["heads"].get(head)
    if scored is None or scored["status"] != "ok":
        return None
    label, probability = scored["label"], scored["probability"]
    fair = _fair(row, truth) if head == "intent" else {truth}
    return HeadResult(truth, label, probability, not scored["abstained"], label in fair, False)


def _failed(answer: dict[str, Any], head: str) -> bool:
    """Whether a head that gave no answer should have: not so one whose condition did not hold."""
    scored = answer["heads"].get(head)
    return scored is not None and scored["status"] != "not_applicable"


def _fair(row: dict[str, Any], truth: str) -> set[str]:
    return {truth, *row.get("alt_labels", ())}


def _figures(results: Sequence[HeadResult]) -> dict[str, Any]:
    """Return the strict and lenient figures of one head."""
    labels = sorted({r.truth for r in results} | {r.label for r in results})
    index = {label: number for number, label in enumerate(labels)}
    truth = np.array([index[r.truth] for r in results])
    predicted = np.array([index[r.label] for r in results])
    confidence = np.array([r.probability for r in results])
    acted = np.array([r.acted for r in results])
    lenient = np.array([r.lenient for r in results])
    table = confusion(truth, predicted, len(labels))
    model = np.array([not r.by_rule for r in results])
    low, high = bootstrap_interval(
        lambda rows: macro_f1(confusion(truth[rows], predicted[rows], len(labels))),
        [str(number) for number in range(len(results))],
    )
    return {
        "rows": len(results),
        "macro_f1": macro_f1(table),
        "macro_f1_interval": [low, high],
        "weighted_f1": weighted_f1(table),
        "accuracy": float((truth == predicted).mean()),
        "lenient_accuracy": float(lenient.mean()),
        "coverage": float(acted.mean()),
        "answered_accuracy": float((truth == predicted)[acted].mean()) if acted.any() else None,
        "answered_lenient_accuracy": float(lenient[acted].mean()) if acted.any() else None,
        "ece": expected_calibration_error(confidence[model], (truth == predicted)[model]),
        "labels": {
            label: {"precision": s.precision, "recall": s.recall, "f1": s.f1, "rows": s.support}
            for label, s in zip(labels, label_scores(table), strict=True)
        },
        "confusion": {"labels": labels, "rows_truth_columns_said": table.tolist()},
    }
