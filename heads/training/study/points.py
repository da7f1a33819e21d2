"""Holds the points of a study, and keeps each by the digest of recipe and data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from heads.storage.atomic_files import replace_file
from heads.training.data.dataset import Dataset
from heads.training.errors import DataError
from heads.training.metrics import Ints, confusion, macro_f1, resamples

ROUNDS = 200
"""So many times the judged writers are drawn anew, the same draws for every point."""
_METHOD = 1  # part of every digest: another way of measuring is another point


@dataclass(frozen=True)
class Point:
    """What one strategy reached on one sample, judged on writers whom it did not learn from.

    `resampled`: macro-F1 on each draw of the judged writers, so that points can be compared on the
    same draws. `cpu_s`: CPU seconds of all threads.
    """

    digest: str
    data: str
    strategy: str
    rows: int
    seed: int
    macro_f1: float
    accuracy: float
    resampled: tuple[float, ...]
    cpu_s: float
    recipe: Mapping[str, Any]

    def dumps(self) -> str:
        """Return the point as a line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)


class Records(Protocol):
    """Where points stand beside the store's files: MLflow."""

    def find(self, data: str, digest: str) -> str | None:
        """Return a point's JSON, None where there is none."""

    def keep(self, point: Point) -> None:
        """Record a point."""


class Store:
    """Points as files by digest in one folder, and in `records`; none is written half.

    `known`: a file as `write_points` makes it, whose points are taken as measured.
    """

    def __init__(
        self, folder: Path, records: Records | None = None, known: Path | None = None
    ) -> None:
        self._folder, self._records = folder, records
        points = read_points(known) if known is not None else ()
        self._known = {point.digest: point for point in points}

    def find(self, data: str, digest: str) -> Point | None:
        """Return the point of that digest, from wherever it stands; None where it is to be made.

        Raises DataError for a file that cannot be read.
        """
        path = self._folder / f"{digest}.json"
        if path.is_file():
            return point_of(path.read_text(encoding="utf-8"), str(path))
        if digest in self._known:
            return self._known[digest]
        text = self._records.find(data, digest) if self._records is not None else None
        if text is None:
            return None
        point = point_of(text, f"the run of point {digest}")
        self._write(point)
        return point

    def keep(self, point: Point) -> None:
        """Keep a point that was just made."""
        self._write(point)
        if self._records is not None:
            self._records.keep(point)

    def all(self) -> list[Point]:
        """Return every point that was made here, whatever it is of."""
        paths = sorted(self._folder.glob("*.json"))
        made = [point_of(path.read_text(encoding="utf-8"), str(path)) for path in paths]
        return [*self._known.values(), *made]

    def _write(self, point: Point) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        replace_file(self._folder / f"{point.digest}.json", point.dumps().encode())


def digest_of(facts: Mapping[str, object]) -> str:
    """Return the name of a point: of all that its figures hang on."""
    content = json.dumps({"method": _METHOD, **facts}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def judge(data: Dataset, predicted: Ints) -> tuple[float, float, tuple[float, ...]]:
    """Return macro-F1, accuracy, and macro-F1 on each draw of the writers of `data`."""
    classes = len(data.task.labels)

    def score(rows: Ints) -> float:
        return macro_f1(confusion(data.truth[rows], predicted[rows], classes))

    drawn = resamples(data.authors, rounds=ROUNDS)
    return (
        round(score(np.arange(len(data))), 4),
        round(float((predicted == data.truth).mean()), 4),
        tuple(round(score(rows), 4) for rows in drawn),
    )


def write_points(points: Iterable[Point], path: Path) -> None:
    """Write points as one file: a line each, by data, strategy, rows and seed."""
    ordered = sorted(points, key=lambda p: (p.data, p.strategy, p.rows, p.seed))
    replace_file(path, "".join(f"{point.dumps()}\n" for point in ordered).encode())


def read_points(path: Path) -> Sequence[Point]:
    """Read what `write_points` wrote. Raises DataError for anything else."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [point_of(line, f"{path}:{number}") for number, line in enumerate(lines, start=1)]


def point_of(text: str, where: str) -> Point:
    """Read a point from JSON. Raises DataError naming `where` for anything else."""
    try:
        table = json.loads(text)
        return Point(**{**table, "resampled": tuple(map(float, table["resampled"]))})
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{where}: not a point of a study: {error!r}") from error
