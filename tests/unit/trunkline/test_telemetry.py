"""What is taken of a caller's trace context."""

from trunkline.telemetry import TraceContext, accepted_traceparent, trace_context, traceparent

TRACE, SPAN = "a" * 32, "b" * 16


def test_only_well_formed_trace_parents_are_repeated() -> None:
    """W3C form or nothing."""
    good = f"00-{TRACE}-{SPAN}-01"
    assert accepted_traceparent(good) == good
    for wrong in (good.upper(), good + "\n", good + "-x", "", None):
        assert accepted_traceparent(wrong) is None


def test_a_context_names_a_span_and_says_whether_it_is_recorded() -> None:
    """The last bit of the flags alone says so; other bits and later versions are no hindrance."""
    for flags, sampled in (("01", True), ("00", False), ("03", True), ("fe", False)):
        assert trace_context(f"00-{TRACE}-{SPAN}-{flags}") == TraceContext(TRACE, SPAN, sampled)
    assert trace_context(f"01-{TRACE}-{SPAN}-01") == TraceContext(TRACE, SPAN, True)


def test_a_context_that_names_nothing_is_none() -> None:
    """Ids of zeros and version ff are invalid in W3C's form."""
    for wrong in (
        f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f"ff-{TRACE}-{SPAN}-01", "x", None,
    ):  # fmt: skip
        assert trace_context(wrong) is None


def test_a_written_context_reads_the_same() -> None:
    """What this service sends along is a recorded span's context."""
    assert trace_context(traceparent(TRACE, SPAN)) == TraceContext(TRACE, SPAN, True)
