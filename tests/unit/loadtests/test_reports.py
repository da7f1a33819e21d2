"""A run's course and its figures."""

import itertools
from typing import Any

import pytest

from loadtests.measurement.run import Run, joined
from loadtests.measurement.summary import (
    drift,
    hit_ratio,
    levels,
    recovery_s,
    totals,
    usage_totals,
    windows,
)
from loadtests.measurement.usage import Usage
from loadtests.reports import report
from loadtests.traffic.scenarios import SCENARIOS, Scenario, Stage, arrivals


def _sample(at: float, ms: float = 10.0, outcome: str = "ok", path: str = "hit") -> dict[str, Any]:
    return {
        "at": at, "ms": ms, "kind": "text", "outcome": outcome, "reason": "", "paths": [path],
        "asked": 3, "answered": 3 if outcome == "ok" else 1, "stages": {"embed": ms / 2},
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_scenario_s_stages_are_its_whole_time(name: str) -> None:
    """Shares add up to one, and every moment has a level."""
    scenario = SCENARIOS[name]

    assert sum(stage.share for stage in scenario.stages) == pytest.approx(1)
    assert all(scenario.level(step / 50) > 0 for step in range(51))
    assert scenario.requests().repeats.hit_ratio == pytest.approx(scenario.hit_ratio)


def test_arrivals_keep_the_rate_of_each_stage() -> None:
    """Half the time at half the rate, half at double: as many requests as that makes."""
    scenario = Scenario("s", "", (Stage(0.5, 0.5), Stage(0.5, 2.0)))
    due = list(arrivals(scenario, rate=40, seconds=10))

    assert sum(at < 5 for at in due) == pytest.approx(100, abs=2)
    assert sum(at >= 5 for at in due) == pytest.approx(400, abs=4)
    assert all(later > earlier for earlier, later in itertools.pairwise(due))


def test_failures_and_refusals_are_counted_apart() -> None:
    """Fail-open, wrong and broken are failures; a refusal is not; neither is in the latencies."""
    outcomes = ["ok", "ok", "refused", "fail_open", "wrong", "broken"]
    found = totals([_sample(i, 10, o) if o == "ok" else _sample(i, 9e9, o)
                    for i, o in enumerate(outcomes)], 2)  # fmt: skip

    assert (found["failures"], found["refused"], found["rate"]) == (3, 1, 1.0)
    assert found["latency_ms"]["p99"] == 10
    assert found["coverage"] == pytest.approx((3 + 3 + 4) / 18, abs=1e-4)


def test_coalesced_and_cached_answers_are_hits() -> None:
    """Whatever needed no forward of its own is a hit; nothing at all is a ratio of 0."""
    assert hit_ratio({"miss": 1, "hit": 1, "answer": 1, "coalesced": 1}) == 0.75
    assert hit_ratio({}) == 0


def test_windows_follow_when_requests_were_due() -> None:
    """Each sample is in the window of its due time, and offered load counts failures too."""
    samples = [_sample(0.1), _sample(0.2, outcome="broken"), _sample(9.9, ms=50, path="miss")]
    first, last = windows(samples, seconds=10, count=2)

    assert (first.offered, first.rate, first.failures) == (0.4, 0.2, 1)
    assert (last.p50, last.hit_ratio) == (50, 0)


def test_recovery_ends_with_the_last_bad_answer() -> None:
    """Time from the loss to the last request not answered rightly; 0 when none suffered."""
    samples = [_sample(1, outcome="refused"), _sample(5, outcome="refused"), _sample(7)]

    assert recovery_s(samples, lost_at=2) == 3
    assert recovery_s(samples, lost_at=6) == 0


def test_latency_against_load_puts_equal_levels_together() -> None:
    """Both quiet parts of a spike are one row; each row counts what was due in it."""
    scenario = Scenario("s", "", (Stage(0.4, 1.0), Stage(0.2, 3.0), Stage(0.4, 1.0)))
    samples = [_sample(1), _sample(5, ms=90), _sample(5.5, outcome="refused"), _sample(9)]
    quiet, busy = levels(samples, scenario, seconds=10)

    assert (quiet.level, round(quiet.offered, 6), quiet.p50) == (1.0, 0.25, 10)
    assert (busy.level, round(busy.offered, 6), round(busy.rate, 6)) == (3.0, 1.0, 0.5)
    assert busy.p50 == 90
    assert (busy.refused, busy.failures) == (1, 0)


def _memory(mib_a_minute: float) -> list[tuple[float, float, float]]:
    """Make ten minutes of samples around 300 MiB, with a ripple, after a first steep minute."""
    return [
        (t / 2, 0.5, 300 + min(t, 120) / 10 + mib_a_minute * t / 120 + t * 7919 % 5 / 5)
        for t in range(1200)
    ]


def test_flat_memory_is_told_from_a_leak() -> None:
    """A line with noise: its slope lies in the interval; filling at first is no leak."""
    flat, leak = drift(_memory(0)), drift(_memory(2))

    assert flat.flat
    assert abs(flat.slope) < 0.1
    assert not leak.flat
    assert leak.low <= 2 <= leak.high


def _judged(**changes: Any) -> dict[str, Any]:
    samples = [_sample(i / 10) for i in range(20)]
    oracle = {"compared": 9, "disagreeing": 0, "largest": 0, "other_tokens": 0, "note": ""}
    return {"totals": totals(samples, 2) | changes, "oracle": oracle}


def test_a_run_is_good_only_without_failures_and_within_its_limit() -> None:
    """Failures always count; refusals and latency where a limit is stated; no answer is no pass."""
    assert report.problems(_judged()) == []
    assert report.problems(_judged(), limit_p95_ms=10) == []
    assert report.problems(_judged(), limit_p95_ms=9)
    assert report.problems(_judged(failures=1))
    assert not report.problems(_judged(refused=1))
    assert report.problems(_judged(refused=1), limit_p95_ms=99)
    assert report.problems(_judged(latency_ms={"p95": float("nan")}), limit_p95_ms=99)
    leak = {"gateway": {"flat": False}}
    assert report.problems(_judged() | {"drift": leak}) == ["the memory of gateway is not flat"]


def test_a_report_holds_its_pictures() -> None:
    """The page needs no other file: plots are inside it, and text is escaped."""
    samples = [_sample(i / 10, ms=5 + i % 7) for i in range(200)]
    usage = {"gateway": [Usage(1, 0.5, 100), Usage(2, 0.7, 110)]}
    result = {
        "scenario": "<steady>", "machine": {"date": "2026-01-01"}, "load": {}, "settings": {},
        "warm_up": None, "versions": {}, "command": "c", "target": "", "mix": {},
        "events": [[3.0, "swap"]],
        "levels": [vars(row) for row in levels(samples, SCENARIOS["steady"], 20)],
        "totals": totals(samples, 20),
        "oracle": {"compared": 1, "disagreeing": 0, "largest": 0, "other_tokens": 0, "note": ""},
        "usage": usage_totals(usage), "load_average": {"before": 0.0, "after": 0.0},
        "windows": [vars(window) for window in windows(samples, 20)],
        "usage_series": {"gateway": [[1, 0.5, 100], [2, 0.7, 110]]},
    }  # fmt: skip
    page = report.page(result)

    assert page.count("<svg") >= 2
    assert "&lt;steady&gt;" in page
    assert "<steady>" not in page
    assert "coverage 1.00000" in page


def test_rounds_of_a_row_are_one_run() -> None:
    """Joined runs count every answer, error and second once: the rate is no mean of rates."""
    slow = Run("row", 8, 10.0, (0.2,) * 10, errors=1, cpu_s=2.0, reasons={"a": 1})
    fast = Run("row", 8, 1.0, (0.1,) * 100, errors=2, cpu_s=1.0, reasons={"a": 1, "b": 1})
    both = joined([slow, fast])
    assert both.rate == 110 / 11.0
    assert (both.errors, both.cpu_s, both.reasons) == (3, 3.0, {"a": 2, "b": 1})
    assert both.percentile_ms(50) == pytest.approx(100)
