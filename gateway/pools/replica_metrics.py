"""Counts what becomes of the replicas of an embedder or a heads service."""

from typing import get_args

from gateway import metrics
from trunkline.replica_observer import Reason


class ReplicaMetrics:
    """Counts what becomes of one service's replicas; an Observer of `trunkline.replicas`."""

    def __init__(self, service: str) -> None:
        self._service = service
        for reason in get_args(Reason):
            metrics.SET_ASIDE.labels(service, reason)
        for repeat in metrics.REPEATS:
            metrics.REPEATED.labels(service, repeat)

    def replicas(self, serving: int, aside: int) -> None:
        """Show how many serve and how many are missing."""
        metrics.REPLICAS_SERVING.labels(self._service).set(serving)
        metrics.REPLICAS_ASIDE.labels(self._service).set(aside)

    def set_aside(self, reason: Reason) -> None:
        """Count a replica set aside."""
        metrics.SET_ASIDE.labels(self._service, reason).inc()

    def retried(self, reason: str) -> None:
        """Count a call sent once more."""
        metrics.REPEATED.labels(self._service, reason).inc()
