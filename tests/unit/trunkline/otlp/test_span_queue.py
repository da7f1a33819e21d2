"""Spans on their way: no request waits, memory is bounded, what is lost is counted."""

import threading
from collections import Counter
from collections.abc import Sequence

from tests.support.waiting import until
from trunkline.otlp.sender import AwayError, RefusedError
from trunkline.otlp.span_queue import BATCH_SPANS, INTERVAL_S, MAX_SPANS, SpanQueue
from trunkline.otlp.spans import Span


def spans(count: int, first: int = 0) -> list[Span]:
    """Make spans that are named by their number."""
    return [
        Span("a" * 32, "b" * 16, "", str(number), "server", 0.0, 1.0)
        for number in range(first, first + count)
    ]


class Line:
    """A way to a collector that fails as it is told, and notes what arrives."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.tries = 0
        self.names: list[str] = []
        self.counted: Counter[str] = Counter()

    def send(self, batch: Sequence[Span], _timeout_s: float) -> None:
        """Take a batch, or fail."""
        self.tries += 1
        if self.error is not None:
            raise self.error
        assert len(batch) <= BATCH_SPANS
        self.names += [span.name for span in batch]

    def count(self, result: str, number: int) -> None:
        """Note what became of spans."""
        self.counted[result] += number


def test_spans_arrive_from_another_thread() -> None:
    """Who puts them in does not wait, and does not send."""
    threads = []

    def send(_batch: Sequence[Span], _timeout_s: float) -> None:
        threads.append(threading.current_thread())

    queue = SpanQueue(send, lambda *_: None)
    queue.put(spans(1))
    until(lambda: threads)
    queue.close()

    assert threads[0] is not threading.current_thread()


def test_many_arrive_in_order_in_batches() -> None:
    """All that is there is sent, the oldest first."""
    line = Line()
    queue = SpanQueue(line.send, line.count)
    queue._background.stop()  # this test sends by itself
    queue.put(spans(2 * BATCH_SPANS + 1))
    queue.flush()

    assert line.names == [str(number) for number in range(2 * BATCH_SPANS + 1)]
    assert line.tries == 3
    assert line.counted == {"sent": 2 * BATCH_SPANS + 1}


def test_a_collector_that_is_away_costs_bounded_memory_and_is_asked_ever_more_rarely() -> None:
    """The newest are kept, the others counted as dropped."""
    line = Line(AwayError("away"))
    queue = SpanQueue(line.send, line.count)
    queue._background.stop()
    for start in range(0, MAX_SPANS + 100, 100):
        queue.put(spans(100, start))
    queue.flush()
    queue.flush()
    assert queue._interval_s == 4 * INTERVAL_S
    assert line.tries == 2
    line.error = None
    queue.flush()

    dropped = line.counted["dropped"]
    assert dropped == (MAX_SPANS // 100 + 2) * 100 - MAX_SPANS
    assert line.names[0] == str(dropped)
    assert line.counted["sent"] == MAX_SPANS
    assert queue._interval_s == INTERVAL_S


def test_what_a_collector_refuses_is_not_sent_again() -> None:
    """A batch that it will never take keeps no other from coming through."""
    line = Line(RefusedError("status 400"))
    queue = SpanQueue(line.send, line.count)
    queue._background.stop()
    queue.put(spans(3))
    queue.flush()
    line.error = None
    queue.put(spans(1, 3))
    queue.flush()

    assert line.names == ["3"]
    assert line.counted == {"refused": 3, "sent": 1}


def test_the_last_spans_are_sent_at_the_end() -> None:
    """A worker that ends sends what it has, once."""
    line = Line()
    queue = SpanQueue(line.send, line.count)
    queue._background.stop()
    queue.put(spans(2))
    queue.close()

    assert line.names == ["0", "1"]


def test_a_worker_does_not_wait_at_its_end_for_a_collector_that_was_away() -> None:
    """What is left is dropped and counted."""
    line = Line(AwayError("away"))
    queue = SpanQueue(line.send, line.count)
    queue._background.stop()
    queue.put(spans(2))
    queue.flush()
    queue.close()

    assert line.tries == 1
    assert line.counted == {"dropped": 2}
