"""Plans beyond one machine, by simulation."""

from __future__ import annotations

from embedder.cost import CostModel
from loadtests.simulation.replica import Costs
from loadtests.sizing.fleet import MOST_REPLICAS, STEADY, advice, kinds, smallest

COSTS = Costs(0.0003, 0.002, CostModel(3.0, 0.2, 0.0), CostModel(3.0, 0.1, 0.0), streams=1)


def test_the_plan_keeps_to_the_limit_and_one_replica_less_does_not() -> None:
    """It is the smallest: the answer of one replica less breaks the limit or cannot last."""
    cpu, _ = kinds(COSTS)
    fleet = smallest(cpu, 400, 100, 0.3)
    assert fleet is not None
    assert fleet.outcome.percentile_ms(95) <= 100
    assert max(fleet.stream_busy, fleet.loop_busy) <= STEADY
    fewer = smallest(cpu, 400, 100, 0.3, least=fleet.replicas - 1)
    assert fewer is not None
    assert fewer.replicas == fleet.replicas


def test_a_load_beyond_all_replicas_has_no_plan() -> None:
    """Nothing is promised that was not simulated."""
    cpu, _ = kinds(COSTS)
    assert smallest(cpu, 1e6, 100, 0.3, least=MOST_REPLICAS) is None


def test_what_is_not_measured_is_said_so() -> None:
    """No figure of a GPU comes without that word; without a calibration there is none at all."""
    content = {
        "costs": {
            "call_s": 0.0003, "wire_s": 0.002, "streams": 1, "share_s": 0.001, "views": 2,
            "dim": 384, "batch": {"a": 3.0, "b": 0.2, "c": 0.0},
            "alone": {"a": 3.0, "b": 0.1, "c": 0.0},
        },
        "error": 0.25,
    }  # fmt: skip
    lines = advice(content, 50, 100, 0.3)
    assert any("GPU" in line and "unmeasured" in line for line in lines)
    assert lines[-1].endswith("25%.")
    assert advice(None, 50, 100, 0.3) == [
        "No plan by simulation: run python -m loadtests calibrate first."
    ]
