"""Scenarios on the real stack, short: nothing fails, and what goes wrong is noticed."""

from pathlib import Path

import pytest

from loadtests.reports.report import page, problems
from loadtests.runner import Load, run, run_at
from loadtests.stack.faults import BACK, LOST
from loadtests.stack.stack import running_stack
from loadtests.stack.target import UnreachableError, deployment
from loadtests.traffic.requests import Changes
from tests.support.waiting import PATIENT

pytestmark = pytest.mark.e2e


def test_a_cold_start_answers_everything_rightly() -> None:
    """Every kind of request on a cold cache: none fails, and the reference agrees."""
    messages: list[str] = []
    result = run("cold-cache", Load(seconds=5, rate=15), PATIENT, messages.append)
    totals = result["totals"]

    assert totals["requests"] >= 65
    assert (totals["failures"], totals["refused"], totals["coverage"]) == (0, 0, 1.0)
    assert result["oracle"]["compared"] > 20
    assert result["oracle"]["disagreeing"] == result["oracle"]["other_tokens"] == 0
    assert set(result["usage"]) == {"embedder", "heads", "gateway", "locust"}
    assert "<svg" in page(result | {"command": "c"})


def test_a_deployment_is_loaded_as_it_runs(tmp_path: Path) -> None:
    """At a URL: its heads are asked for, warmed, judged; nothing of it is started or measured."""
    messages: list[str] = []
    with running_stack(tmp_path, PATIENT) as stack:
        load = Load(seconds=5, rate=10, changes=Changes(hit_ratio=0.5, keys=30))
        result = run_at(f"{stack.gateway_url}/", "steady", load, messages.append)

    assert problems(result) == []
    assert result["warm_up"]["covered"] == 1.0, messages
    assert 0.2 < result["totals"]["hit_ratio"] < 0.8
    assert result["oracle"]["compared"] > 20
    assert set(result["usage"]) == {"locust"}


def test_an_embedder_that_is_killed_is_noticed_and_comes_back() -> None:
    """Every request of the gap is refused or late, none is answered without its heads."""
    result = run("embedder-loss", Load(seconds=9, rate=10), PATIENT, print)
    outcomes = result["totals"]["outcomes"]

    assert [what for _, what in result["events"]] == [LOST, BACK]
    assert outcomes.get("fail_open", 0) == outcomes.get("wrong", 0) == 0
    assert result["windows"][0]["failures"] == 0


def test_a_url_without_a_gateway_is_told() -> None:
    """Where no gateway answers the error names the address."""
    with pytest.raises(UnreachableError, match="http://"):
        deployment("http://127.0.0.1:9")
