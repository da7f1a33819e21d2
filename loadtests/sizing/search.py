"""Search settings one axis at a time for the knee of each: pure, the measuring is handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Settings = Mapping[str, int]


@dataclass(frozen=True)
class Axis:
    """One setting and the values to try, ascending."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True)
class Trial:
    """The result of one choice of settings: `score` is answers a second within the limit."""

    settings: Settings
    rate: float
    p50_ms: float
    p95_ms: float
    score: float


@dataclass(frozen=True)
class Search:
    """All trials in their order, the best, and of each axis that was finished its knee and curve.

    A curve is value -> score, the other settings as they stood when it was measured.
    """

    trials: tuple[Trial, ...]
    best: Trial
    knees: Mapping[str, int]
    curves: Mapping[str, Mapping[int, float]]


def score(rate: float, p95_ms: float, limit_ms: float) -> float:
    """Return the rate; above the latency limit as much less as the latency is more."""
    return rate if p95_ms <= limit_ms else rate * limit_ms / p95_ms


def coordinate_search(
    start: Settings,
    axes: Sequence[Axis],
    measure: Callable[[Settings], Trial],
    may_go_on: Callable[[], bool],
    tolerance: float = 0.05,
) -> Search:
    """Try every value of one axis at a time, keep its knee, go on with the next axis.

    The knee, not the peak: the smallest value within `tolerance` of the best, so that noise does
    not buy workers. Nothing is measured twice; passes repeat until one changes nothing or
    `may_go_on` is false.
    """
    trials: dict[tuple[tuple[str, int], ...], Trial] = {}

    def measured(settings: Settings) -> Trial:
        key = tuple(sorted(settings.items()))
        if key not in trials:
            trials[key] = measure(settings)
        return trials[key]

    current, knees, curves = dict(start), dict[str, int](), dict[str, dict[int, float]]()
    measured(current)
    changed = True
    while changed and may_go_on():
        changed = False
        for axis in axes:
            curve: dict[int, float] = {}
            for value in axis.values:
                if not may_go_on():
                    break
                curve[value] = measured({**current, axis.name: value}).score
            if len(curve) < len(axis.values):
                break
            knees[axis.name], curves[axis.name] = knee(curve, tolerance), curve
            changed |= current[axis.name] != knees[axis.name]
            current[axis.name] = knees[axis.name]
    best = measured(current)
    return Search(tuple(trials.values()), best, knees, curves)


def knee(curve: Mapping[int, float], tolerance: float = 0.05) -> int:
    """Return the smallest value whose result is within `tolerance` of the best one."""
    enough = max(curve.values()) * (1 - tolerance)
    return min(value for value, reached in curve.items() if reached >= enough)
