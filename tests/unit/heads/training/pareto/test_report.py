"""Laws of the comparison of encoders: what is on the front, what is chosen, what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from heads.training.errors import DataError
from heads.training.pareto.points import (
    Cost,
    HeadFigures,
    Kind,
    Place,
    Point,
    Precision,
    digest_of,
    flips,
    kept,
)
from heads.training.pareto.report import cheapest_as_good, front, pareto_table, plot


def point(
    depth: int, f1: float, ms: float, precision: Precision = "bf16", kind: Kind = "tuned",
    decided: tuple[int, ...] = (0, 1, -1, 2),
) -> Point:  # fmt: skip
    """Make a point with an interval of 0.02 on either side."""
    its = HeadFigures(4, f1, f1 - 0.02, f1 + 0.02, 0.75, 0.9, decided)
    behaviour = {"minimum": (1, 4), "invariance: date": (1, 10), "invariance: typo": (2, 10)}
    heads = {"intent": its, "has_opt_out": its}
    return Point(Place(kind, precision, depth), heads, behaviour, Cost(ms, ms / 2))


POINTS = [point(3, 0.80, 4.0), point(4, 0.86, 6.0), point(6, 0.87, 9.0),
          point(6, 0.79, 9.0, kind="frozen")]  # fmt: skip


def test_the_front_holds_what_nothing_beats_in_both() -> None:
    """Cheapest first; a dearer and worse point is not on it, nor one as good at a higher price."""
    same = point(5, 0.86, 7.0)

    assert front([*POINTS, same]) == POINTS[:3]


def test_the_choice_is_the_cheapest_inside_the_interval_of_the_best() -> None:
    """0.86 is inside 0.85-0.89 and 0.80 is not, though it is cheaper."""
    assert cheapest_as_good(POINTS) == POINTS[1]


def test_flips_are_counted_by_what_they_do() -> None:
    """To another label, and to or from abstaining; those of opt-outs apart."""
    old, new = point(3, 0.8, 4.0), point(3, 0.8, 3.0, "int8", decided=(1, 1, 0, -1))
    its = flips(new, old, "intent", [True, False, False, False])

    assert (its.rows, its.flipped, its.labels, its.opt_outs) == (4, 3, 1, 1)


def test_the_table_has_a_line_a_point_and_names_the_choice() -> None:
    """Sorts of a kind of test add up; flips stand beside what fp32 decides, and nowhere else."""
    whole = point(4, 0.85, 8.0, "fp32", decided=(0, 0, -1, 2))
    lines = pareto_table([*POINTS, whole], [True, False, False, False])
    line = next(line for line in lines if line.startswith("| tuned | bf16 | 4 |"))

    assert line == (
        "| tuned | bf16 | 4 | **0.860** (0.840-0.880) | 0.900, 0.75 | 0.860 | 6.00 | 3.00 | 0.250 "
        "| 0.150 |  |  |  |  | 1 of 4 (1; 0); 1 of 4 (1; 0) |"
    )
    assert len([line for line in lines if line.startswith(("| tuned", "| frozen"))]) == 5
    assert "Cheapest inside its interval: tuned bf16, 4 layers, 0.860 at 6.00 ms" in lines[-1]


def test_the_plot_is_the_same_for_the_same_points() -> None:
    """An SVG without a date, so that a new run without a change is no change."""
    drawn = plot(POINTS)

    assert drawn == plot(POINTS)
    assert b"</svg>" in drawn
    assert b"<dc:date>" not in drawn


def _never() -> Point:
    raise AssertionError("measured twice")


def test_a_point_is_measured_once(tmp_path: Path) -> None:
    """It is read by its digest; other rows or another place are another point."""
    facts = {"rows": "a"}
    digest = digest_of(POINTS[0].place, facts)

    assert kept(tmp_path / "points", digest, lambda: POINTS[0]) == POINTS[0]
    assert kept(tmp_path / "points", digest, _never) == POINTS[0]
    assert digest not in (digest_of(POINTS[1].place, facts), digest_of(POINTS[0].place, {}))
    (tmp_path / "points" / f"{digest}.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read; remove it"):
        kept(tmp_path / "points", digest, _never)
