"""Holds the points of the comparison, and keeps them by digest so that none is measured twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from heads.storage.atomic_files import replace_file
from heads.training.errors import DataError

Kind = Literal["frozen", "tuned"]
Precision = Literal["fp32", "bf16", "int8"]

INTENT: Final = "intent"
OPT_OUT: Final = "has_opt_out"
HEADS: Final = (INTENT, OPT_OUT)
"""The first is what points are ranked by; both may flip."""

_METHOD: Final = 1  # part of every digest: another way of measuring is another point


@dataclass(frozen=True)
class Place:
    """Where a point lies: which encoder, in which number format, cut after how many layers."""

    encoder: Kind
    precision: Precision
    depth: int

    @property
    def view(self) -> str:
        """Return the one view that the cheap head reads."""
        return f"text@{self.depth}"

    @property
    def name(self) -> str:
        """Return "tuned bf16, 4 layers"."""
        return f"{self.encoder} {self.precision}, {self.depth} layers"


@dataclass(frozen=True)
class HeadFigures:
    """One cheap head on held-out writers' rows: macro-F1 with its interval, answers, decisions.

    `decided`: per row the label's index, -1 where it abstains.
    """

    rows: int
    macro_f1: float
    low: float
    high: float
    coverage: float
    answered_accuracy: float
    decided: tuple[int, ...]


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds a text, on one thread: alone, and in batches of texts of like length."""

    alone_ms: float
    batches_ms: float


@dataclass(frozen=True)
class Point:
    """What was measured at a place. `behaviour`: failures and cases by kind of test, of intent."""

    place: Place
    heads: Mapping[str, HeadFigures]
    behaviour: Mapping[str, tuple[int, int]]
    cost: Cost

    @property
    def score(self) -> HeadFigures:
        """Return the figures that points are ranked by."""
        return self.heads[INTENT]


@dataclass(frozen=True)
class Flips:
    """Decisions of a head that are not those of the same encoder and depth in fp32.

    `labels` of them are another label, not a change to or from abstaining; `opt_outs` are of rows
    that are opt-outs.
    """

    rows: int
    flipped: int
    labels: int
    opt_outs: int


def flips(point: Point, reference: Point, head: str, is_opt_out: Sequence[bool]) -> Flips:
    """Compare a head's decisions on the same held-out rows."""
    ours, theirs = (np.array(its.heads[head].decided) for its in (point, reference))
    changed = ours != theirs
    labels = changed & (ours >= 0) & (theirs >= 0)
    opt_outs = changed & np.asarray(is_opt_out, dtype=bool)
    return Flips(len(ours), int(changed.sum()), int(labels.sum()), int(opt_outs.sum()))


def digest_of(place: Place, facts: Mapping[str, Any]) -> str:
    """Return the name of a point: of all that its figures hang on."""
    content = {"method": _METHOD, "place": asdict(place), **facts}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def kept(folder: Path, digest: str, measure: Callable[[], Point]) -> Point:
    """Read the point of that digest, or measure and keep it. Raises DataError for a broken file."""
    path = folder / f"{digest}.json"
    if path.is_file():
        return _read(path)
    point = measure()
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(asdict(point)).encode())
    return point


def _read(path: Path) -> Point:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        figures = {
            name: HeadFigures(**{**its, "decided": tuple(its["decided"])})
            for name, its in table["heads"].items()
        }
        behaviour = {kind: (int(f), int(c)) for kind, (f, c) in table["behaviour"].items()}
        return Point(Place(**table["place"]), figures, behaviour, Cost(**table["cost"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} cannot be read; remove it: {error!r}") from error
