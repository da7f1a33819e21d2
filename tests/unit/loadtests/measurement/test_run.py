"""One measured run, and several joined into one."""

import pytest

from loadtests.measurement.run import Run, joined


def test_rounds_of_a_row_are_one_run() -> None:
    """Joined runs count every answer, error and second once: the rate is no mean of rates."""
    slow = Run("row", 8, 10.0, (0.2,) * 10, errors=1, cpu_s=2.0, reasons={"a": 1})
    fast = Run("row", 8, 1.0, (0.1,) * 100, errors=2, cpu_s=1.0, reasons={"a": 1, "b": 1})
    both = joined([slow, fast])
    assert both.rate == 110 / 11.0
    assert (both.errors, both.cpu_s, both.reasons) == (3, 3.0, {"a": 2, "b": 1})
    assert both.percentile_ms(50) == pytest.approx(100)
