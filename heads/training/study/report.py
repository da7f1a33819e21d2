"""Writes a study as tables of Markdown and as the answers that can be read off them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from heads.training.study.curves import Cell, Curve, best_cell, best_of, curves_of, gain, rows_for
from heads.training.study.points import Point
from heads.training.study.run import Place
from heads.training.study.strategies import Kind, Strategy

GOAL = 0.8
"""The macro-F1 that the study says the number of rows for."""


@dataclass(frozen=True, eq=False)
class Panel:
    """The curves of one material, and what was wanted beside and not made."""

    data: str
    curves: Mapping[str, Curve]
    missing: tuple[Place, ...]

    @property
    def sizes(self) -> list[int]:
        """List the numbers of rows that something learnt from."""
        return sorted({rows for curve in self.curves.values() for rows in curve})

    def lacking(self, strategy: str, rows: int) -> int:
        """Count the seeds of a cell that were wanted and not made."""
        return sum((p.strategy.name, p.rows) == (strategy, rows) for p in self.missing)


def panels(points: Iterable[Point], missing: Sequence[Place]) -> list[Panel]:
    """Part the points by material, in the order of their names."""
    by_data: dict[str, list[Point]] = {}
    for point in points:
        by_data.setdefault(point.data, []).append(point)
    for place in missing:
        by_data.setdefault(place.material.name, [])
    return [
        Panel(
            data,
            curves_of(some),
            tuple(place for place in missing if place.material.name == data),
        )
        for data, some in sorted(by_data.items())
    ]


def table(panel: Panel, strategies: Sequence[Strategy]) -> list[str]:
    """Return lines of Markdown: a line a strategy, macro-F1 with its interval for each size."""
    heads = [f"{size:,} rows" for size in panel.sizes]
    lines = [
        f"| {panel.data}: macro-F1 (95 %) | {' | '.join(heads)} | CPU s at most rows |",
        f"|---|{'---|' * len(heads)}---:|",
    ]
    best = {size: best_of(panel.curves, [s.name for s in strategies], size) for size in panel.sizes}
    for strategy in strategies:
        curve = panel.curves.get(strategy.name)
        if curve:
            cells = [
                _written(curve.get(size), bold=best[size] == strategy.name)
                + _seeds(panel, strategy.name, size)
                for size in panel.sizes
            ]
            cost = curve[max(curve)].cpu_s
            lines.append(f"| {strategy.title} | {' | '.join(cells)} | {cost:,.1f} |")
    return lines


def footnote(panel: Panel) -> list[str]:
    """Return a sentence on the intervals of one seed, where the table has such."""
    cells = [cell for curve in panel.curves.values() for cell in curve.values()]
    if all(cell.seeds > 1 for cell in cells):
        return []
    return [
        "An interval of one seed is of the judged writers alone: how far another sample of as many "
        "rows would lie from it, it does not tell. So it is where seeds lack, as marked; all "
        "rows are one sample, which most ways learn the same from under every seed."
    ]


def answers(panel: Panel, strategies: Sequence[Strategy]) -> list[str]:
    """Return the study's answers as Markdown points, each computed from the table."""
    read = (_best, _overtaking, _goal) if panel.curves else ()
    lines = [*(answer(panel, strategies) for answer in read), _missing(panel)]
    return [f"- {line}" for line in lines if line]


def history_answers(newest: Panel, every: Panel, strategies: Sequence[Strategy]) -> list[str]:
    """Return by how much older rows help each strategy, as Markdown points."""
    lines = []
    for strategy in strategies:
        curve, mixed = newest.curves.get(strategy.name), every.curves.get(strategy.name)
        if not curve or not mixed or len(curve) < 2:
            continue
        few, many = min(curve), max(curve)
        text = f"{strategy.title}: all {many:,} rows instead of the newest {few:,} bring "
        text += _gained(curve[many], curve[few])
        if few in mixed:
            text += f"; the newest {few:,} instead of as many of all times bring "
            text += _gained(curve[few], mixed[few])
        lines.append(f"- {text}")
    return lines


def _best(panel: Panel, strategies: Sequence[Strategy]) -> str:
    names = {strategy.name: strategy.title for strategy in strategies}
    parts = []
    for size in (panel.sizes[0], panel.sizes[-1]):
        name = best_of(panel.curves, list(names), size)
        if name is not None:
            mean, seeds = panel.curves[name][size].mean, _seeds(panel, name, size)
            parts.append(f"of {size:,} rows {names[name]} ({mean:.3f}{seeds})")
    return f"Best: {', '.join(dict.fromkeys(parts))}."


def _overtaking(panel: Panel, strategies: Sequence[Strategy]) -> str:
    """Tell from how many rows on the best tuning is better than the best features."""
    names = {kind: [s.name for s in strategies if s.kind == kind] for kind in _KINDS}
    pairs: dict[int, tuple[Cell, Cell]] = {}
    for size in panel.sizes:
        features, tuning = (best_cell(panel.curves, names[kind], size) for kind in _KINDS)
        if features is not None and tuning is not None:
            pairs[size] = tuning, features
    if not pairs:
        return "Tuning was not measured beside features."
    behind = [size for size, (tuning, features) in pairs.items() if tuning.mean <= features.mean]
    ahead = [size for size in pairs if size > max(behind, default=0)]
    listed = "; ".join(
        f"{size:,} rows {_gained(tuning, features)}" for size, (tuning, features) in pairs.items()
    )
    if not ahead:
        start = f"Tuning does not overtake features up to {max(pairs):,} rows, the most tried"
    else:
        start = f"Tuning overtakes features from {ahead[0]:,} rows on"
        start += f" (of sizes up to {max(pairs):,})" * (max(pairs) < panel.sizes[-1])
    return (
        f"{start}. The best tuning against the best features, which the judged rows choose, in "
        f"every draw anew: {listed}."
    )


def _goal(panel: Panel, strategies: Sequence[Strategy]) -> str:
    """Tell how many rows each strategy needs for the goal."""
    reached, short = [], []
    for strategy in strategies:
        curve = panel.curves.get(strategy.name)
        if not curve:
            continue
        between = rows_for(curve, GOAL)
        if between is None:
            short.append(f"{strategy.title} ({max(curve):,} rows: {curve[max(curve)].mean:.3f})")
        else:
            low, high = between
            rows = f"{high:,} or fewer" if low == high else f"more than {low:,}, at most {high:,}"
            reached.append((high, f"{strategy.title} {rows}"))
    text = f"Rows for a macro-F1 over {GOAL}: "
    text += "; ".join(line for _, line in sorted(reached)) if reached else "nothing reaches it"
    return f"{text}. Not reached by {'; '.join(short)}." if short and reached else f"{text}."


def _missing(panel: Panel) -> str:
    """Name what was wanted and is not there."""
    sizes: dict[str, dict[int, int]] = {}
    for place in panel.missing:
        counts = sizes.setdefault(place.strategy.name, {})
        counts[place.rows] = counts.get(place.rows, 0) + 1
    parts = [
        f"{name} of {', '.join(f'{rows:,} rows ({n})' for rows, n in sorted(counts.items()))}"
        for name, counts in sizes.items()
    ]
    return f"Not made for want of time (seeds): {'; '.join(parts)}." if parts else ""


def _written(cell: Cell | None, *, bold: bool) -> str:
    if cell is None:
        return ""
    low, high = cell.interval
    mark = "**" * bold
    return f"{mark}{cell.mean:.3f}{mark} ({low:.3f}-{high:.3f})"


def _seeds(panel: Panel, strategy: str, rows: int) -> str:
    """Return ", 1 of 3 seeds" for a cell that lacks some, else nothing."""
    lacking, cell = panel.lacking(strategy, rows), panel.curves.get(strategy, {}).get(rows)
    return f", {cell.seeds} of {cell.seeds + lacking} seeds" if cell and lacking else ""


def _gained(new: Cell, old: Cell) -> str:
    """Return the gain with its interval, and the seeds of both where they differ in number.

    Seeds are drawn in pairs where they are as many, and apart where they are not.
    """
    mean, low, high = gain(new, old)
    unlike = f", {new.seeds} seeds against {old.seeds}" * (new.seeds != old.seeds)
    return f"{mean:+.3f} ({low:+.3f} to {high:+.3f}{unlike})"


_KINDS: tuple[Kind, Kind] = ("features", "tuning")
