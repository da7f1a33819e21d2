"""What a switch costs, as ratios of runs in pairs."""

from loadtests.bench.in_turns import figures
from loadtests.measurement.run import Run


def run(answers: int, cpu_s: float, errors: int = 0) -> Run:
    """Return a run of a second."""
    return Run("misses", 32, 1.0, (0.01,) * answers, errors, cpu_s)


def test_each_run_is_compared_with_its_neighbour() -> None:
    """A machine that is slow for a while slows both of a pair; errors of all count."""
    result = figures([run(100, 1.0), run(10, 0.1), run(50, 0.5)],
                     [run(90, 1.8), run(8, 0.08), run(50, 0.5, errors=2)])  # fmt: skip
    assert result["rate_ratio"] == {"median": 0.9, "least": 0.8, "most": 1.0}
    assert result["cpu_ratio"] == {"median": 1.0, "least": 1.0, "most": 2.0}
    assert result["errors"] == 2
