"""A run's verdict and its page."""

from typing import Any

from loadtests.measurement.summary import levels, totals, usage_totals, windows
from loadtests.measurement.usage import Usage
from loadtests.reports import report
from loadtests.traffic.scenarios import SCENARIOS
from tests.support.samples import sample


def _judged(**changes: Any) -> dict[str, Any]:
    samples = [sample(i / 10) for i in range(20)]
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
    samples = [sample(i / 10, ms=5 + i % 7) for i in range(200)]
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
