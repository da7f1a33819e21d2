"""Measures where a request's time goes, in milliseconds by stage, for its trace too."""

import time

from gateway.metrics import STAGES
from trunkline.otlp.spans import Trace


class Timings:
    """A stopwatch with laps; belongs to one request and one thread.

    Laps are stages of the request's `trace`, where it is recorded.
    """

    def __init__(self, trace: Trace | None = None) -> None:
        self.trace = trace
        self._started = self._last = time.monotonic()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """Add the time since the last lap to `stage`."""
        now = time.monotonic()
        if self.trace is not None:
            self.trace.add_stage(stage, self._last, now)
        self._laps[stage] = self._laps.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now

    def read(self) -> dict[str, float]:
        """Return every stage's milliseconds, 0 for those not entered, and the `total` so far."""
        laps = {stage: round(self._laps.get(stage, 0.0), 3) for stage in STAGES}
        laps["total"] = round((time.monotonic() - self._started) * 1000, 3)
        return laps

    def traceparent_of(self, stage: str) -> str:
        """Return the trace context for calls that a stage makes, "" where nothing is recorded."""
        return "" if self.trace is None else self.trace.traceparent_of(stage, time.monotonic())

    def count(self, name: str, number: int) -> None:
        """Add to a number that the trace shows of the request."""
        if self.trace is not None and number:
            self.trace.count(name, number)
