"""Holds finished spans and sends them from a thread of its own, so that no request waits."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import structlog

from trunkline.background import Background
from trunkline.otlp.sender import AwayError, RefusedError
from trunkline.otlp.spans import Span

log = structlog.get_logger("trunkline")

SPAN_RESULTS = ("sent", "refused", "dropped")
MAX_SPANS = 4096
"""Spans kept while they cannot be sent, about 4 MiB; then the oldest go."""
BATCH_SPANS = 512
INTERVAL_S = 1.0
MAX_INTERVAL_S = 30.0
_TIMEOUT_S = 5.0
_LAST_TIMEOUT_S = 1.0

Send = Callable[[Sequence[Span], float], None]
"""Sends spans within so many seconds; raises AwayError, or RefusedError where it is no use."""


class SpanQueue:
    """Spans on their way to a collector; thread-safe, and to be made after a fork.

    `count` is told what became of how many: `sent`, `refused` by the collector, or `dropped` for
    lack of room. While the collector is away the tries become rarer and the newest spans are kept.
    """

    def __init__(self, send: Send, count: Callable[[str, int], None]) -> None:
        self._send = send
        self._count = count
        self._spans: deque[Span] = deque()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._interval_s = INTERVAL_S
        self._background = Background("spans", self.flush, lambda: self._interval_s)

    def put(self, spans: Sequence[Span]) -> None:
        """Take the spans of one request; never wait for the collector."""
        with self._lock:
            self._spans.extend(spans)
            excess = self._drop_oldest()
        if excess:
            self._count("dropped", excess)
        self._background.ensure()

    def flush(self, timeout_s: float = _TIMEOUT_S) -> None:
        """Send what is there, oldest first, until none is left or the collector is away.

        Where another thread is sending, wait for that; then the rest is this one's.
        """
        ends = time.monotonic() + timeout_s
        if self._sending.acquire(timeout=timeout_s):
            try:
                self._send_all(ends)
            finally:
                self._sending.release()

    def close(self) -> None:
        """Stop the thread; send what is left once, unless the collector was away before."""
        self._background.stop()
        if self._interval_s == INTERVAL_S:
            self.flush(_LAST_TIMEOUT_S)
        self._count("dropped", len(self._spans))

    def _send_all(self, ends: float) -> None:
        while batch := self._take():
            try:
                self._send(batch, max(ends - time.monotonic(), 0.01))
            except RefusedError as error:
                self._count("refused", len(batch))
                self._note(error)
            except AwayError as error:
                self._put_back(batch)
                self._note(error)
                return
            else:
                self._count("sent", len(batch))
                self._interval_s = INTERVAL_S

    def _take(self) -> list[Span]:
        with self._lock:
            return [self._spans.popleft() for _ in range(min(BATCH_SPANS, len(self._spans)))]

    def _put_back(self, batch: Sequence[Span]) -> None:
        with self._lock:
            self._spans.extendleft(reversed(batch))
            excess = self._drop_oldest()
        if excess:
            self._count("dropped", excess)

    def _drop_oldest(self) -> int:
        excess = len(self._spans) - MAX_SPANS
        for _ in range(excess):
            self._spans.popleft()
        return max(excess, 0)

    def _note(self, error: AwayError | RefusedError) -> None:
        """Log the first of failures in a row; wait longer before the next try."""
        if self._interval_s == INTERVAL_S:
            log.warning("collector_failed", what="traces", reason=str(error))
        self._interval_s = min(2 * self._interval_s, MAX_INTERVAL_S)
