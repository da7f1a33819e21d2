"""Plans the points of a study and makes what is missing: seed by seed, cheapest first, in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from heads.training.study.material import Material, Sample, digest_of, draw, sizes_of
from heads.training.study.points import Point, Store, judge
from heads.training.study.points import digest_of as name_of
from heads.training.study.strategies import Encoder, Strategy

Report = Callable[[str], object]
_TINY_S = 1e-9
_THREADS = torch.get_num_threads()


@dataclass(frozen=True, eq=False)
class Place:
    """A point that is wanted: what learns from how many rows of what, and its digest."""

    material: Material
    strategy: Strategy
    rows: int
    seed: int
    digest: str

    @property
    def name(self) -> str:
        """Return "intent, static, 60 rows, seed 0"."""
        return f"{self.material.name}, {self.strategy.name}, {self.rows} rows, seed {self.seed}"

    def sample(self) -> Sample:
        """Draw the rows."""
        return draw(self.material, self.rows, self.seed)

    def shares(self, other: Place | None) -> bool:
        """Whether it may reuse what another point has learnt from the same rows."""
        if other is None or not self.strategy.shares:
            return False
        ours, theirs = (
            (place.strategy.shares, place.material.name, place.rows, place.seed)
            for place in (self, other)
        )
        return ours == theirs


@dataclass(frozen=True, eq=False)
class Outline:
    """What a study comes to before it starts: points there are, which are to be made, their cost.

    `cpu_s`: CPU seconds by strategy.
    """

    points: tuple[Point, ...]
    waiting: tuple[Place, ...]
    cpu_s: Mapping[str, float]

    @property
    def wanted(self) -> int:
        """Count the points, made or not."""
        return len(self.points) + len(self.waiting)

    @property
    def texts(self) -> int:
        """Count the rows of all materials that a point is to be made of."""
        materials = {place.material.name: place.material for place in self.waiting}
        return sum(len(its.learnt) + len(its.judged) for its in materials.values())

    @property
    def total_s(self) -> float:
        """Return the CPU seconds of all that is to be made."""
        return sum(self.cpu_s.values())


@dataclass(frozen=True)
class Progress:
    """Points there are, and wanted ones that there was no time for."""

    points: tuple[Point, ...]
    missing: tuple[Place, ...]


def plan(
    materials: Iterable[Material],
    strategies: Sequence[Strategy],
    encoder: Encoder,
    *,
    sizes: Sequence[int] = (),
    seeds: int = 3,
    report: Report = bool,
) -> list[Place]:
    """List the points that are wanted; `report` gets why a strategy has none of a material.

    Without sizes there are seven, from 25 to all rows. What learns the same from all rows under
    every seed has one point there.
    """
    places: list[Place] = []
    for material in materials:
        judged, rows = digest_of(material.judged), len(material.learnt)
        wanted = sorted({min(size, rows) for size in sizes}) or sizes_of(rows)
        usable = []
        for strategy in strategies:
            if why := strategy.lacks(material.learnt, material.others):
                report(f"{material.name}, {strategy.name}: left out, {why}")
            else:
                usable.append(strategy)
        for size in wanted:
            for seed in range(seeds):
                places += _places(material, usable, encoder, (size, seed), judged)
    return places


def _places(
    material: Material,
    strategies: Sequence[Strategy],
    encoder: Encoder,
    drawn: tuple[int, int],
    judged: str,
) -> Iterator[Place]:
    """Yield the points on one sample."""
    rows, seed = drawn
    fixed = material.newest or rows == len(material.learnt)
    wanted = [strategy for strategy in strategies if strategy.chance or not (fixed and seed)]
    if not wanted:
        return
    sample = draw(material, rows, seed)
    learnt = digest_of(sample.learnt)
    for strategy in wanted:
        recipe = strategy.recipe(rows, encoder)
        facts = {"strategy": strategy.name, "recipe": recipe, "learnt": learnt, "judged": judged}
        if recipe.get("joint"):
            facts["others"] = [digest_of(other) for other in sample.others]
        yield Place(material, strategy, rows, seed, name_of({**facts, "seed": seed}))


def cpu_seconds(place: Place, measured: Sequence[Point]) -> float:
    """Estimate a point's cost from the nearest one of its kind, else by the strategy's rates."""
    rate = place.strategy.cpu_seconds
    judged = len(place.material.judged)
    like = [
        point
        for point in measured
        if (point.data, point.strategy) == (place.material.name, place.strategy.name)
    ]
    if not like:
        return rate(place.rows, judged)
    near = min(like, key=lambda point: abs(point.rows - place.rows))
    return near.cpu_s * rate(place.rows, judged) / max(rate(near.rows, judged), _TINY_S)


def outline(places: Sequence[Place], store: Store) -> Outline:
    """Look for every point once; return which are to be made, and each strategy's estimate."""
    found = {place: store.find(place.material.name, place.digest) for place in places}
    points = tuple(point for point in found.values() if point is not None)
    waiting = [place for place, point in found.items() if point is None]
    measured, seconds = store.all(), dict[str, float]()
    for number, place in enumerate(waiting):
        name = place.strategy.name
        reused = any(place.shares(other) for other in waiting[:number])
        cost = 0.0 if reused else cpu_seconds(place, measured)
        seconds[name] = seconds.get(name, 0.0) + cost
    return Outline(points, tuple(waiting), seconds)


def run(
    its: Outline,
    encoder: Encoder,
    store: Store,
    *,
    budget_s: float,
    report: Report = bool,
) -> Progress:
    """Return all points of an outline; make the missing ones in `budget_s` CPU seconds.

    Each is kept as soon as it is made, so that a killed study goes on where it was. All sizes of
    one seed come before the next seed, cheapest first: curves over all sizes say more than many
    seeds of the small ones. None is begun whose estimate is more than what is left.
    """
    points, waiting = list(its.points), list(its.waiting)
    measured, missing, begun = store.all(), [], time.process_time()
    last: Place | None = None
    while waiting:
        place, cost = _next(waiting, last, measured)
        waiting.remove(place)
        if time.process_time() - begun + cost > budget_s:
            missing.append(place)
            continue
        point, last = _measure(place, encoder), place
        store.keep(point)
        points.append(point)
        measured.append(point)
        left = max(0.0, budget_s - (time.process_time() - begun))
        report(
            f"{place.name}: macro-F1 {point.macro_f1:.3f}, {point.cpu_s:.1f} CPU s; "
            f"{len(waiting)} to go, {left:.0f} s left"
        )
    return Progress(tuple(points), tuple(missing))


def _next(
    waiting: Sequence[Place], last: Place | None, measured: Sequence[Point]
) -> tuple[Place, float]:
    """Return what to make next, and its estimate.

    That is what reuses the last point's work, which costs nothing more as far as can be told, else
    the cheapest of the first seed that is not done.
    """
    for place in waiting:
        if place.shares(last):
            return place, 0.0
    costs = [cpu_seconds(place, measured) for place in waiting]
    order = [(its.seed, cost, its.rows) for its, cost in zip(waiting, costs, strict=True)]
    first = min(range(len(waiting)), key=order.__getitem__)
    return waiting[first], costs[first]


def _measure(place: Place, encoder: Encoder) -> Point:
    sample = place.sample()
    # Small fits are the same sums on every machine then; threads would only wait for each other.
    torch.set_num_threads(1 if place.strategy.kind == "features" else _THREADS)
    begun = time.process_time()
    prediction = place.strategy.predict(sample, encoder)
    took = time.process_time() - begun + prediction.elsewhere_s
    f1, accuracy, resampled = judge(sample.judged, prediction.labels)
    recipe = dict(place.strategy.recipe(place.rows, encoder))
    return Point(
        place.digest, place.material.name, place.strategy.name, place.rows, place.seed,
        f1, accuracy, resampled, round(took, 2), recipe,
    )  # fmt: skip
