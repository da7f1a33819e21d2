"""A bundle's self-test: recorded inputs must give the recorded scores before it goes live."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from heads.errors import BundleError
from heads.prediction import FeatureRow

if TYPE_CHECKING:
    from heads.head import Head

TOLERANCE = 1e-4
MIN_ROWS = 3


@dataclass(frozen=True)
class GoldenRow:
    """One recorded input and the score it must give each label."""

    features: FeatureRow
    scores: dict[str, float]


def parse(content: bytes, where: str) -> tuple[GoldenRow, ...]:
    """The rows of golden.json. Raises BundleError."""
    try:
        rows = tuple(_row(one) for one in json.loads(content))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BundleError(where, [f"golden.json: not as it should be: {error!r}"]) from error
    if len(rows) < MIN_ROWS:
        raise BundleError(where, [f"golden.json: {len(rows)} rows, at least {MIN_ROWS} needed"])
    return rows


def check(head: Head, rows: Sequence[GoldenRow], where: str) -> None:
    """Raises BundleError naming row, label, both scores, where they differ by over TOLERANCE."""
    try:
        found = head.predict([row.features for row in rows])
    except ValueError as error:
        raise BundleError(where, [f"golden.json: {error}"]) from error
    problems = []
    for index, row in enumerate(rows):
        if set(row.scores) != set(head.manifest.labels):
            problems.append(f"golden.json: row {index}: labels differ from head.toml")
            continue
        for label, score in zip(head.manifest.labels, found[index].tolist(), strict=True):
            if not abs(row.scores[label] - score) <= TOLERANCE:
                wanted = row.scores[label]
                problems.append(f"golden.json: row {index}: {label} {score:.6f}, not {wanted:.6f}")
    if problems:
        raise BundleError(where, problems)


def record(head: Head, rows: Sequence[FeatureRow]) -> bytes:
    """golden.json for `rows`, with the scores that `head` gives them now."""
    try:
        scores = head.predict(rows)
    except ValueError as error:
        raise BundleError(head.name, [f"golden rows: {error}"]) from error
    views = head.manifest.views
    table = [
        {
            "vectors": {view: _floats(row.vectors[view]) for view in views},
            "text": row.text if head.manifest.lexical else "",
            "scores": dict(zip(head.manifest.labels, _floats(found), strict=True)),
        }
        for row, found in zip(rows, scores, strict=True)
    ]
    return json.dumps(table).encode()


def _row(table: dict[str, Any]) -> GoldenRow:
    vectors = {
        str(view): np.asarray(values, dtype=np.float32) for view, values in table["vectors"].items()
    }
    scores = {str(label): float(score) for label, score in table["scores"].items()}
    return GoldenRow(FeatureRow(vectors, str(table["text"])), scores)


def _floats(values: Any) -> list[float]:
    """Seven digits give a float32 back to well under the tolerance, in a third of the bytes."""
    return [float(f"{value:.7g}") for value in np.asarray(values).tolist()]
