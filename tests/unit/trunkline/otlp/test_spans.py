"""The spans that one request leaves."""

from collections.abc import Sequence

from trunkline.otlp.spans import Span, Trace
from trunkline.telemetry import TraceContext, trace_context

PARENT = TraceContext("a" * 32, "b" * 16, True)


class Ended:
    """Takes the spans of traces."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def __call__(self, spans: Sequence[Span]) -> None:
        self.spans += spans

    def named(self, name: str) -> Span:
        """Return the span with that name."""
        (span,) = [span for span in self.spans if span.name == name]
        return span


def test_a_trace_goes_on_under_the_callers_span() -> None:
    """The request's span has the caller's as parent, its stages have the request's."""
    ended = Ended()
    trace = Trace(PARENT, 1.0, ended)
    trace.add_stage("clean", 1.0, 1.5)
    trace.finish("POST /", 2.0, {"status": 200}, failed=False)
    own, stage = ended.named("POST /"), ended.named("clean")

    assert {span.trace_id for span in ended.spans} == {PARENT.trace_id}
    assert own.parent_id == PARENT.span_id
    assert stage.parent_id == own.span_id
    assert (own.kind, stage.kind) == ("server", "internal")
    assert (own.started, own.ended, stage.started, stage.ended) == (1.0, 2.0, 1.0, 1.5)


def test_a_trace_without_a_caller_is_a_new_one() -> None:
    """Its own span is the root, and what is shown of it is its context."""
    ended = Ended()
    trace, other = Trace(None, 0.0, ended), Trace(None, 0.0, ended)
    shown = trace_context(trace.traceparent)
    trace.finish("root", 1.0, {}, failed=False)

    assert ended.spans[0].parent_id == ""
    assert shown == TraceContext(ended.spans[0].trace_id, ended.spans[0].span_id, True)
    assert trace.trace_id != other.trace_id


def test_calls_of_a_stage_are_under_its_span() -> None:
    """The context sent along names the stage's own span, the same for all calls of the stage."""
    ended = Ended()
    trace = Trace(PARENT, 0.0, ended)
    first, second = trace.traceparent_of("embed", 0.1), trace.traceparent_of("embed", 0.2)
    trace.add_stage("embed", 0.0, 1.0)
    trace.finish("root", 2.0, {}, failed=False)
    sent = trace_context(first)

    assert first == second
    assert sent is not None
    assert ended.named("embed").span_id == sent.span_id
    assert ended.named("embed").kind == "client"
    assert not ended.named("embed").failed


def test_a_stage_that_failed_in_its_call_is_shown() -> None:
    """What was called is under a span that is there, and says that it failed."""
    ended = Ended()
    trace = Trace(PARENT, 0.0, ended)
    trace.traceparent_of("embed", 0.5)
    trace.finish("root", 2.0, {}, failed=True)

    assert (ended.named("embed").started, ended.named("embed").ended) == (0.5, 2.0)
    assert ended.named("embed").failed
    assert ended.named("root").failed


def test_numbers_add_up_on_the_requests_span() -> None:
    """Counts of one name are one attribute."""
    ended = Ended()
    trace = Trace(PARENT, 0.0, ended)
    trace.count("hits")
    trace.count("hits", 2)
    trace.finish("root", 1.0, {"status": 200}, failed=False)

    assert ended.spans[0].attributes == {"status": 200, "hits": 3}
