"""The peers' tables: kinds apart, cost from CPU, and ratios to the best peer."""

from typing import Any

import pytest

from loadtests.reports.peers import (
    ALL_ON,
    OURS,
    SAME,
    SHIPPED,
    peers_tables,
    per_core,
    per_million,
    ratios,
)


def row(name: str, kind: str, rate: float, level: int = 32, **changes: Any) -> dict[str, Any]:
    """Return one row of 20 CPU ms an answer."""
    figures = {"p50": 1.0, "p95": 2.0, "p99": 3.0, "cpu_ms": 20.0, "memory_mb": 100, "start_s": 4.0}
    return {
        "name": name, "kind": kind, "precision": "fp32", "heads": 6, "concurrency": level,
        "rate": rate, "errors": 0, "trouble": "", **figures, **changes,
    }  # fmt: skip


def test_cost_is_that_of_a_busy_core() -> None:
    """20 ms an email: 50 a second a core, and a million of them take 5.56 core-hours."""
    assert per_core(20.0) == 50
    assert per_million(20.0, 0.04048) == pytest.approx(20_000 / 3600 * 0.04048)
    assert per_core(0.0) == 0


def test_each_kind_has_its_table() -> None:
    """Rows that may be compared stand together, with rate a core and price."""
    shown = peers_tables([row("a", SAME, 1), row("b", SHIPPED, 2), row("c", SAME, 3)], 0.04)
    same, shipped = shown.split(f"**{SHIPPED.capitalize()}**")
    assert SAME.capitalize() in same
    assert ("| a |" in same, "| c |" in same, "| b |" in shipped) == (True, True, True)
    assert "| 20 | 50 | 0.22 | 100 | 4 | 0 |" in same
    for table in (same, shipped):
        lines = [line for line in table.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) == 1


def test_results_kept_before_there_were_kinds_come_in_one_table() -> None:
    """An old result has no price and no kind, and is still shown."""
    old = row("a", "", 1)
    del old["kind"], old["precision"]
    assert "| a |  | 6 | 32 | 1 | 1 | 2 | 3 | 20 | 50 |  | 100 | 4 | 0 |" in peers_tables([old], 0)


def test_ratios_are_to_the_best_peer_that_was_measured() -> None:
    """Ours of a kind over the best of the others; what was not measured has no ratio."""
    rows = [
        row(OURS, SAME, 100), row(OURS, SHIPPED, 300), row("slow", SAME, 10), row("fast", SAME, 50),
        row("broken", SHIPPED, 0, level=0, trouble="did not start"),
    ]  # fmt: skip
    assert {ratio.name: ratio.value for ratio in ratios(rows)} == {
        "same kind at 32 / best peer of it": 2.0,
        "as shipped at 32 / best peer of the same kind": 6.0,
    }


def test_what_all_switches_cost_is_a_ratio_of_our_own_rows() -> None:
    """The row with log, metrics and traces is never taken for the shipped one, nor for a peer."""
    rows = [row(OURS, SHIPPED, 100), row(ALL_ON, SHIPPED, 120), row("fast", SAME, 50)]
    assert {ratio.name: ratio.value for ratio in ratios(rows)} == {
        "as shipped at 32 / best peer of the same kind": 2.0,
        "with log, metrics and traces / as shipped, at 32": 1.2,
    }
