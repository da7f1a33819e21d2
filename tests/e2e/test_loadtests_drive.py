"""Scenarios on the real stack, short: nothing fails, and what goes wrong is noticed."""

import pytest

from loadtests.drive import Load, run
from loadtests.report import page

pytestmark = pytest.mark.e2e


def test_a_cold_start_answers_everything_rightly() -> None:
    """Every kind of request on a cold cache: none fails, and the second opinion agrees."""
    said: list[str] = []
    result = run("cold-cache", Load(seconds=4, rate=25), {}, said.append)
    found = result["totals"]

    assert found["requests"] >= 90
    assert (found["failures"], found["refused"], found["coverage"]) == (0, 0, 1.0)
    assert result["oracle"]["compared"] > 20
    assert result["oracle"]["disagreeing"] == result["oracle"]["other_tokens"] == 0
    assert set(result["usage"]) == {"embedder", "heads", "gateway", "locust"}
    assert "<svg" in page(result)
