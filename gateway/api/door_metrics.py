"""Counts what the worker's door does with requests."""

from gateway.metrics import (
    DOOR_LIMIT,
    DOOR_REFUSALS,
    DOOR_RUNNING,
    DOOR_WAIT_SECONDS,
    DOOR_WAITING,
)


class DoorMetrics:
    """What the worker's door counts (`trunkline.serving.options.Observer`)."""

    def refused(self, reason: str) -> None:
        """Count a request that no thread took."""
        DOOR_REFUSALS.labels(reason).inc()

    def waited(self, seconds: float) -> None:
        """Observe a request's wait for its thread."""
        DOOR_WAIT_SECONDS.observe(seconds)

    def state(self, waiting: int, in_flight: int, limit: int) -> None:
        """Show this worker's requests and how many may run."""
        DOOR_WAITING.set(waiting)
        DOOR_RUNNING.set(in_flight)
        DOOR_LIMIT.set(limit)
