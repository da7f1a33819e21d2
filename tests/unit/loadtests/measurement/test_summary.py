"""A run's course and its figures."""

import pytest

from loadtests.measurement.summary import drift, hit_ratio, levels, recovery_s, totals, windows
from loadtests.traffic.scenarios import Scenario, Stage
from tests.support.samples import sample


def test_failures_and_refusals_are_counted_apart() -> None:
    """Fail-open, wrong and broken are failures; a refusal is not; neither is in the latencies."""
    outcomes = ["ok", "ok", "refused", "fail_open", "wrong", "broken"]
    figures = totals([sample(i, 10, o) if o == "ok" else sample(i, 9e9, o)
                    for i, o in enumerate(outcomes)], 2)  # fmt: skip

    assert (figures["failures"], figures["refused"], figures["rate"]) == (3, 1, 1.0)
    assert figures["latency_ms"]["p99"] == 10
    assert figures["coverage"] == pytest.approx((3 + 3 + 4) / 18, abs=1e-4)


def test_coalesced_and_cached_answers_are_hits() -> None:
    """Whatever needed no forward of its own is a hit; nothing at all is a ratio of 0."""
    assert hit_ratio({"miss": 1, "hit": 1, "answer": 1, "coalesced": 1}) == 0.75
    assert hit_ratio({}) == 0


def test_windows_follow_when_requests_were_due() -> None:
    """Each sample is in the window of its due time, and offered load counts failures too."""
    samples = [sample(0.1), sample(0.2, outcome="broken"), sample(9.9, ms=50, path="miss")]
    first, last = windows(samples, seconds=10, count=2)

    assert (first.offered, first.rate, first.failures) == (0.4, 0.2, 1)
    assert (last.p50, last.hit_ratio) == (50, 0)


def test_recovery_ends_with_the_last_bad_answer() -> None:
    """Time from the loss to the last request not answered rightly; 0 when none suffered."""
    samples = [sample(1, outcome="refused"), sample(5, outcome="refused"), sample(7)]

    assert recovery_s(samples, lost_at=2) == 3
    assert recovery_s(samples, lost_at=6) == 0


def test_latency_against_load_puts_equal_levels_together() -> None:
    """Both quiet parts of a spike are one row; each row counts what was due in it."""
    scenario = Scenario("s", "", (Stage(0.4, 1.0), Stage(0.2, 3.0), Stage(0.4, 1.0)))
    samples = [sample(1), sample(5, ms=90), sample(5.5, outcome="refused"), sample(9)]
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
