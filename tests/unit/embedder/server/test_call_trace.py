"""What one call of the embedder leaves in its caller's trace."""

from collections.abc import Sequence

from embedder.batching.cache import CachedText
from embedder.batching.flight import Answer, Call, FlightTimes
from embedder.server.call_trace import add_stages, end_trace
from trunkline.otlp.spans import Span, Trace

TEXT = CachedText({}, 3, 3, False, 0)


def spans_of(call: Call, started: float, code: str = "OK") -> dict[str, Span]:
    """Trace a call that began at `started` and is over at 10; return its spans by name."""
    ended: list[Span] = []

    def submit(spans: Sequence[Span]) -> None:
        ended.extend(spans)

    trace = Trace(None, started, submit)
    add_stages(trace, call, started)
    end_trace(trace, "Embed", code, len(call.answers), 10.0)
    return {span.name.rpartition("/")[2]: span for span in ended}


def answered(*answers: tuple[str, FlightTimes | None]) -> Call:
    """Return a call whose texts were answered one after the other on these paths."""
    call = Call(len(answers), 100.0)
    for index, (path, times) in enumerate(answers):
        call.answer(index, Answer(TEXT, path), times)  # type: ignore[arg-type] # a path
    return call


def test_a_text_from_the_cache_has_no_stages() -> None:
    """Nothing was done but a look."""
    spans = spans_of(answered(("hit", None)), 1.0)

    assert spans.keys() == {"Embed"}
    assert spans["Embed"].attributes["trunkline.texts.hit"] == 1
    assert not spans["Embed"].failed


def test_the_last_text_tells_what_was_waited_for() -> None:
    """Its stages follow each other; the paths of all texts are counted."""
    first = FlightTimes(0.1, 0.2, 1.0, started_at=2.0, batch_texts=1)
    last = FlightTimes(0.5, 1.0, 2.0, started_at=4.0, batch_texts=3)
    spans = spans_of(answered(("miss", first), ("hit", None), ("miss", last)), 1.0)
    times = {name: (span.started, span.ended) for name, span in spans.items() if name != "Embed"}

    assert times == {"tokenize": (2.5, 3.0), "queue": (3.0, 4.0), "forward": (4.0, 6.0)}
    assert spans["forward"].attributes == {"trunkline.batch.texts": 3}
    assert spans["Embed"].attributes["trunkline.texts.miss"] == 2
    assert spans["Embed"].attributes["trunkline.texts.hit"] == 1


def test_a_shared_forward_counts_from_the_calls_own_start() -> None:
    """Who joins what was under way has not waited before it came."""
    times = FlightTimes(0.5, 1.0, 2.0, started_at=4.0, batch_texts=2)
    spans = spans_of(answered(("coalesced", times)), 5.0)

    assert (spans["queue"].started, spans["queue"].ended) == (5.0, 5.0)
    assert (spans["forward"].started, spans["forward"].ended) == (5.0, 6.0)


def test_faults_of_ours_are_marked() -> None:
    """A wrong request is no fault of the embedder."""
    for code, failed in (("INTERNAL", True), ("UNAVAILABLE", True), ("INVALID_ARGUMENT", False)):
        assert spans_of(answered(("hit", None)), 1.0, code)["Embed"].failed is failed
