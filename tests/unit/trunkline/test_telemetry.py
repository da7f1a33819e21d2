"""What is taken of a caller's trace context."""

from trunkline.telemetry import accepted_traceparent


def test_only_well_formed_trace_parents_are_repeated() -> None:
    """W3C form or nothing."""
    good = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    assert accepted_traceparent(good) == good
    for wrong in (good.upper(), good + "\n", good + "-x", "", None):
        assert accepted_traceparent(wrong) is None
