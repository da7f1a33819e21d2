"""What the gateway counts at its door; imported by workers alone, as `gateway.metrics` is."""

from gateway import metrics


class DoorMetrics:
    """What the worker's door counts (`trunkline.serving.options.Observer`)."""

    def refused(self, reason: str) -> None:
        """Count a request that no thread took."""
        metrics.DOOR_REFUSALS.labels(reason).inc()

    def waited(self, seconds: float) -> None:
        """Observe a request's wait for its thread."""
        metrics.DOOR_WAIT_SECONDS.observe(seconds)

    def state(self, waiting: int, in_flight: int, limit: int) -> None:
        """Show this worker's requests and how many may run."""
        metrics.DOOR_WAITING.set(waiting)
        metrics.DOOR_RUNNING.set(in_flight)
        metrics.DOOR_LIMIT.set(limit)
