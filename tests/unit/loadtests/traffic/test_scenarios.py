"""The scenarios of load, and when their requests are due."""

import itertools

import pytest

from loadtests.traffic.scenarios import SCENARIOS, Scenario, Stage, arrivals


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
