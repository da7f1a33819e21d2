"""Measures where a request's time goes, in milliseconds by stage."""

import time

from gateway.metrics import STAGES


class Timings:
    """A stopwatch with laps; belongs to one request and one thread."""

    def __init__(self) -> None:
        self._started = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """Add the time since the last lap to `stage`."""
        now = time.perf_counter()
        self._laps[stage] = self._laps.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now

    def read(self) -> dict[str, float]:
        """Return every stage's milliseconds, 0 for those not entered, and the `total` so far."""
        laps = {stage: round(self._laps.get(stage, 0.0), 3) for stage in STAGES}
        laps["total"] = round((time.perf_counter() - self._started) * 1000, 3)
        return laps
