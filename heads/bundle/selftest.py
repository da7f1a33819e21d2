"""A bundle's self-test: recorded inputs must give the recorded scores before it goes live."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heads.errors import BundleError
from heads.inference.head import Head
from heads.inference.stack import score
from heads.prediction import FeatureRow

TOLERANCE = 1e-4
MIN_ROWS = 3


@dataclass(frozen=True)
class GoldenRow:
    """One recorded input and the score it must give each label."""

    features: FeatureRow
    scores: dict[str, float]


def parse(content: bytes, where: str) -> tuple[GoldenRow, ...]:
    """Parse golden.json into at least MIN_ROWS rows. Raises BundleError."""
    try:
        rows = tuple(_row(table) for table in json.loads(content))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BundleError(where, [f"golden.json: not as it should be: {error!r}"]) from error
    if len(rows) < MIN_ROWS:
        raise BundleError(where, [f"golden.json: {len(rows)} rows, at least {MIN_ROWS} needed"])
    return rows


def check(head: Head, rows: Sequence[GoldenRow], where: str) -> None:
    """Compare the head's scores with the recorded ones.

    Raises BundleError naming row, label and both scores where they differ by over TOLERANCE.
    """
    try:
        table = score(head, [row.features for row in rows])
    except ValueError as error:
        raise BundleError(where, [f"golden.json: {error}"]) from error
    problems = []
    for index, row in enumerate(rows):
        if set(row.scores) != set(head.manifest.labels):
            problems.append(f"golden.json: row {index}: labels differ from head.toml")
            continue
        for label, actual in zip(head.manifest.labels, table[index].tolist(), strict=True):
            wanted = row.scores[label]
            if not abs(wanted - actual) <= TOLERANCE:  # so that NaN is a difference too
                problems.append(f"golden.json: row {index}: {label} {actual:.6f}, not {wanted:.6f}")
    if problems:
        raise BundleError(where, problems)


def record(head: Head, rows: Sequence[FeatureRow]) -> bytes:
    """Write golden.json for `rows`, with the scores that `head` gives them now.

    Raises BundleError where the rows cannot be scored.
    """
    try:
        scores = score(head, rows)
    except ValueError as error:
        raise BundleError(head.name, [f"golden rows: {error}"]) from error
    views = head.manifest.views
    table = [
        {
            "vectors": {view: _floats(row.vectors[view]) for view in views},
            "text": row.text if head.manifest.lexical else "",
            "scores": dict(zip(head.manifest.labels, _floats(row_scores), strict=True)),
        }
        for row, row_scores in zip(rows, scores, strict=True)
    ]
    return json.dumps(table).encode()


def _row(table: dict[str, Any]) -> GoldenRow:
    vectors = {
        str(view): np.asarray(values, dtype=np.float32) for view, values in table["vectors"].items()
    }
    scores = {str(label): float(score) for label, score in table["scores"].items()}
    return GoldenRow(FeatureRow(vectors, str(table["text"])), scores)


def _floats(values: Any) -> list[float]:
    """Round to seven digits: a float32 to well under the tolerance, in a third of the bytes."""
    return [float(f"{value:.7g}") for value in np.asarray(values).tolist()]
