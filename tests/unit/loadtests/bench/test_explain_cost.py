"""Latencies beside explanations, as ratios of runs in pairs."""

from loadtests.bench.explain_cost import figures
from loadtests.measurement.run import Run


def run(seconds: float, errors: int = 0) -> Run:
    """Return a run whose answers all took so long."""
    return Run("classify", 32, 1.0, (seconds,) * 10, errors)


def test_percentiles_are_compared_within_a_pair() -> None:
    """A slow minute slows both of a pair; errors of all count."""
    result = figures([run(0.010), run(0.020)], [run(0.011), run(0.030, errors=1)])
    assert result["p99_ms"] == [[10.0, 11.0], [20.0, 30.0]]
    assert result["p99_ratio"] == {"median": 1.3, "least": 1.1, "most": 1.5}
    assert result["errors"] == 1
