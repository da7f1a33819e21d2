"""A bundle's self-test: recorded inputs must give the recorded scores before it goes live."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heads.errors import BundleError
from heads.inference.head import Head
from heads.inference.stack import Stack, score
from heads.prediction import FeatureRow

TOLERANCE = 1e-4
MIN_ROWS = 3


@dataclass(frozen=True)
class GoldenRow:
    """One recorded input, the score it must give each label, and its distance if one was recorded.

    The distance is that from what the head learnt; older bundles hold none.
    """

    features: FeatureRow
    scores: dict[str, float]
    distance: float | None = None


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
    """Compare the head's scores, and distances where it has a limit, with the recorded ones.

    Raises BundleError naming row, label and both scores where they differ by over TOLERANCE, and
    where a distance is no number, which would turn away every text or none.
    """
    features = [row.features for row in rows]
    try:
        table = score(head, features)
        distances = _distances(head, features)
    except ValueError as error:
        raise BundleError(where, [f"golden.json: {error}"]) from error
    problems = _distance_problems(rows, distances)
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
    distances = _distances(head, rows)
    table = [
        {
            "vectors": {view: _floats(row.vectors[view]) for view in views},
            "text": row.text if head.manifest.lexical else "",
            "scores": dict(zip(head.manifest.labels, _floats(row_scores), strict=True)),
            **({} if distance is None else {"distance": float(f"{distance:.7g}")}),
        }
        for row, row_scores, distance in zip(rows, scores, distances, strict=True)
    ]
    return json.dumps(table).encode()


def _row(table: dict[str, Any]) -> GoldenRow:
    vectors = {
        str(view): np.asarray(values, dtype=np.float32) for view, values in table["vectors"].items()
    }
    scores = {str(label): float(score) for label, score in table["scores"].items()}
    distance = table.get("distance")
    features = FeatureRow(vectors, str(table["text"]))
    return GoldenRow(features, scores, None if distance is None else float(distance))


def _distances(head: Head, rows: Sequence[FeatureRow]) -> list[float | None]:
    """Return each row's distance from what the head learnt; None for a head without a limit."""
    if head.unlike is None:
        return [None] * len(rows)
    return list(Stack((head,)).distances(0, rows).tolist())


def _distance_problems(rows: Sequence[GoldenRow], distances: Sequence[float | None]) -> list[str]:
    problems = []
    for index, (row, actual) in enumerate(zip(rows, distances, strict=True)):
        if actual is None:
            continue
        wanted = actual if row.distance is None else row.distance
        if not abs(wanted - actual) <= TOLERANCE:  # so that NaN is a difference too
            problems.append(f"golden.json: row {index}: distance {actual:.6f}, not {wanted:.6f}")
    return problems


def _floats(values: Any) -> list[float]:
    """Round to seven digits: a float32 to well under the tolerance, in a third of the bytes."""
    return [float(f"{value:.7g}") for value in np.asarray(values).tolist()]
