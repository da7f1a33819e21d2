"""Chooses among points, and writes them as a table of Markdown and a plot."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl

from heads.training.pareto.points import HEADS, OPT_OUT, Place, Point, flips

mpl.use("Agg")

_COLOURS: Final = {"frozen": "#7a7a7a", "tuned": "#1f4e8c"}
_MARKERS: Final = {"fp32": "o", "bf16": "s", "int8": "^"}
_KINDS: Final = ("minimum", "invariance", "direction")
_CLEAR: Final = {
    "undecided alone": "context: clear reply undecided alone",
    "silenced by a mail": "context: clear reply silenced by a mail",
    "flipped by a mail": "context: clear reply flipped by a mail",
}


def front(points: Sequence[Point]) -> list[Point]:
    """Return the points that none is both cheaper and better than, cheapest first."""
    best, kept = -1.0, []
    for point in sorted(points, key=lambda p: (p.cost.alone_ms, -p.score.macro_f1)):
        if point.score.macro_f1 > best:
            best = point.score.macro_f1
            kept.append(point)
    return kept


def cheapest_as_good(points: Sequence[Point]) -> Point:
    """Return the cheapest point whose macro-F1 lies inside the interval of the best one."""
    best = max(points, key=lambda point: point.score.macro_f1)
    inside = [point for point in points if point.score.macro_f1 >= best.score.low]
    return min(inside, key=lambda point: point.cost.alone_ms)


def pareto_table(points: Sequence[Point], is_opt_out: Sequence[bool]) -> list[str]:
    """Return lines of Markdown: a line a point, by encoder, precision and depth; then the choice.

    `is_opt_out` tells which held-out rows are opt-outs. The points on the front are bold.
    """
    beside = {point.place: point for point in points}
    on_front = {point.place for point in front(points)}
    lines = [
        "| encoder | precision | layers | intent macro-F1 (95 %) | answered, at coverage "
        "| has_opt_out macro-F1 | CPU ms alone | in batches | "
        + " | ".join((*_KINDS, *_CLEAR))
        + " | decided otherwise than fp32: intent; has_opt_out (to another label; of opt-outs) |",
        "|---|---|---:|---|---|---:|---:|---:|" + "---:|" * (len(_KINDS) + len(_CLEAR)) + "---|",
    ]
    for point in sorted(points, key=lambda p: _order(p.place)):
        mark = "**" * (point.place in on_front)
        lines.append(_line(point, mark, _flipped(point, beside, is_opt_out)))
    chosen, best = cheapest_as_good(points), max(points, key=lambda p: p.score.macro_f1)
    lines += [
        "",
        f"Best: {best.place.name}, {best.score.macro_f1:.3f} ({best.score.low:.3f}-"
        f"{best.score.high:.3f}). Cheapest inside its interval: {chosen.place.name}, "
        f"{chosen.score.macro_f1:.3f} at {chosen.cost.alone_ms:.2f} ms, "
        f"{chosen.cost.alone_ms / best.cost.alone_ms:.2f} of the best one's cost.",
    ]
    return lines


def plot(points: Sequence[Point]) -> bytes:
    """Draw an SVG: macro-F1 with its interval over CPU time, the depth beside each point."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.add_subplot()
    for point in points:
        its, x, colour = point.score, point.cost.alone_ms, _COLOURS[point.place.encoder]
        error = [[its.macro_f1 - its.low], [its.high - its.macro_f1]]
        axes.errorbar(x, its.macro_f1, yerr=error, color=colour, alpha=0.3, linewidth=1)
        axes.plot(x, its.macro_f1, _MARKERS[point.place.precision], color=colour, markersize=7)
        axes.annotate(
            str(point.place.depth), (x, its.macro_f1), (5, 5), textcoords="offset points",
            fontsize=8, color=colour,
        )  # fmt: skip
    best = front(points)
    axes.plot(
        [p.cost.alone_ms for p in best], [p.score.macro_f1 for p in best], "-", color="#b8471b",
        linewidth=1, label="none is cheaper and better", zorder=0,
    )  # fmt: skip
    chosen = cheapest_as_good(points)
    axes.plot(
        chosen.cost.alone_ms, chosen.score.macro_f1, "o", markersize=15, markerfacecolor="none",
        markeredgecolor="#b8471b", label="cheapest inside the best one's interval",
    )  # fmt: skip
    _legend(figure, axes, points)
    axes.set_xlabel("CPU ms a text, alone")
    axes.set_ylabel("intent, macro-F1 on held-out writers (95 %)")
    axes.set_title("The number beside a point is the layers it reads", fontsize=10)
    axes.grid(alpha=0.25)
    return _svg(figure)


def _legend(figure: Any, axes: Any, points: Sequence[Point]) -> None:
    """Name encoders and formats below the plot, where they cover no point."""
    for kind, colour in _COLOURS.items():
        for precision, marker in _MARKERS.items():
            if any((p.place.encoder, p.place.precision) == (kind, precision) for p in points):
                axes.plot([], [], marker, color=colour, label=f"{kind} {precision}")
    figure.legend(loc="outside lower center", ncols=4, fontsize=8)


def _svg(figure: Any) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "pareto"}):  # the same bytes for the same points
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _order(place: Place) -> tuple[int, int, int]:
    return list(_COLOURS).index(place.encoder), list(_MARKERS).index(place.precision), place.depth


def _line(point: Point, mark: str, flipped: str) -> str:
    place, its, cost = point.place, point.score, point.cost
    rates = [_rate(point, kind) for kind in (*_KINDS, *_CLEAR.values())]
    cells = [
        place.encoder, place.precision, str(place.depth),
        f"{mark}{its.macro_f1:.3f}{mark} ({its.low:.3f}-{its.high:.3f})",
        f"{its.answered_accuracy:.3f}, {its.coverage:.2f}",
        f"{point.heads[OPT_OUT].macro_f1:.3f}",
        f"{cost.alone_ms:.2f}", f"{cost.batches_ms:.2f}", *rates, flipped,
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _rate(point: Point, kind: str) -> str:
    """Return the failures of a kind of test, of all its sorts together, as a share of cases."""
    counts = [
        its for name, its in point.behaviour.items() if name == kind or name.startswith(f"{kind}:")
    ]
    failures, cases = sum(f for f, _ in counts), sum(c for _, c in counts)
    return f"{failures / cases:.3f}" if cases else ""


def _flipped(point: Point, beside: Mapping[Place, Point], is_opt_out: Sequence[bool]) -> str:
    reference = beside.get(Place(point.place.encoder, "fp32", point.place.depth))
    if reference is None or reference is point:
        return ""
    parts = []
    for head in HEADS:
        its = flips(point, reference, head, is_opt_out)
        parts.append(f"{its.flipped} of {its.rows} ({its.labels}; {its.opt_outs})")
    return "; ".join(parts)
