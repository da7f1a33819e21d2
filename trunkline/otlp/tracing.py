"""Decides which requests are recorded, and takes their spans to the queue."""

import random
from collections.abc import Callable
from typing import Protocol

from trunkline.otlp.span_queue import SpanQueue
from trunkline.otlp.spans import Trace
from trunkline.telemetry import trace_context


class Tracer(Protocol):
    """Begins the traces of one service; thread-safe."""

    enabled: bool

    def begin(self, traceparent: str | None, started: float) -> Trace | None:
        """Return the trace of a request that came with this header; None: it is not recorded."""

    def close(self) -> None:
        """Send what is left, for a moment."""


class NoTracer:
    """A Tracer that records nothing."""

    enabled = False

    def begin(self, _traceparent: str | None, _started: float) -> None:
        """See Tracer."""

    def close(self) -> None:
        """See Tracer."""


class QueueTracer:
    """A Tracer that does as the caller's context says, and draws lots where there is none.

    `share` is what is recorded of requests without a context; 0 for services that are only asked
    by others of ours.
    """

    enabled = True

    def __init__(
        self, queue: SpanQueue, share: float = 0, draw: Callable[[], float] = random.random
    ) -> None:
        self._queue = queue
        self._share = share
        self._draw = draw

    def begin(self, traceparent: str | None, started: float) -> Trace | None:
        """See Tracer."""
        parent = trace_context(traceparent) if traceparent else None
        sampled = self._draw() < self._share if parent is None else parent.sampled
        return Trace(parent, started, self._queue.put) if sampled else None

    def close(self) -> None:
        """See Tracer."""
        self._queue.close()
