"""Joins the points of a strategy and size into a mean with its interval, and compares them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heads.training.metrics import percentile_interval
from heads.training.study.points import Point

Floats = NDArray[np.float64]
Curve = Mapping[int, "Cell"]
"""A strategy's cells by number of rows learnt from."""


@dataclass(frozen=True, eq=False)
class Cell:
    """The points of one strategy and size: their mean, how many seeds, and CPU seconds of one.

    `drawn` (draws,): the mean on each draw of seeds and of judged writers, for intervals; of one
    seed on each draw of the writers, so that how far seeds differ is no part of it.
    """

    mean: float
    seeds: int
    cpu_s: float
    drawn: Floats

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval over seeds and judged writers; of one seed over writers."""
        return percentile_interval(self.drawn.tolist())


def curves_of(points: Iterable[Point]) -> dict[str, dict[int, Cell]]:
    """Return the cells of one material by strategy and rows, in order of rows."""
    grouped: dict[str, dict[int, list[Point]]] = {}
    for point in sorted(points, key=lambda point: (point.rows, point.seed)):
        grouped.setdefault(point.strategy, {}).setdefault(point.rows, []).append(point)
    return {
        name: {rows: _cell(some) for rows, some in sizes.items()} for name, sizes in grouped.items()
    }


def gain(new: Cell, old: Cell) -> tuple[float, float, float]:
    """Return by how much `new` is better, with its 95 % interval, on the same draws."""
    return new.mean - old.mean, *percentile_interval((new.drawn - old.drawn).tolist())


def best_of(curves: Mapping[str, Curve], names: Sequence[str], rows: int) -> str | None:
    """Return which of the named strategies is best with so many rows; None where none was tried."""
    tried = [name for name in names if rows in curves.get(name, {})]
    return max(tried, key=lambda name: curves[name][rows].mean, default=None)


def best_cell(curves: Mapping[str, Curve], names: Sequence[str], rows: int) -> Cell | None:
    """Return the best of the named strategies as one cell; None where none was tried.

    Each draw has its own best: so the choice is part of the interval, as are the writers that it
    is made by. Mean, seeds and cost are those of `best_of`.
    """
    name = best_of(curves, names, rows)
    if name is None:
        return None
    drawn = [curves[each][rows].drawn for each in names if rows in curves.get(each, {})]
    return replace(curves[name][rows], drawn=np.max(drawn, axis=0))


def rows_for(curve: Curve, wanted: float) -> tuple[int, int] | None:
    """Return the sizes between which a curve reaches `wanted`; None where it does not.

    It must stay there with all more rows that were tried. Both are the smallest size where that
    reaches it already.
    """
    sizes = sorted(curve)
    below = [size for size in sizes if curve[size].mean < wanted]
    if not below:
        return (sizes[0], sizes[0]) if sizes else None
    after = [size for size in sizes if size > below[-1]]
    return (below[-1], after[0]) if after else None


def _cell(points: Sequence[Point]) -> Cell:
    table = np.array([point.resampled for point in points])
    seeds, draws = table.shape
    # The same draws of seeds for every cell, so that cells differ by what they are alone.
    chosen = np.random.default_rng(0).integers(seeds, size=(draws, seeds))
    drawn, centre = table[chosen, np.arange(draws)[:, None]].mean(axis=1), table.mean(axis=0)
    # A drawn mean of n strays by (n - 1) / n of the variance that a mean of n seeds has.
    drawn = centre + (drawn - centre) * np.sqrt(seeds / max(1, seeds - 1))
    mean = float(np.mean([point.macro_f1 for point in points]))
    return Cell(mean, seeds, float(np.mean([point.cpu_s for point in points])), drawn)
