"""An observer of replicas for tests: it keeps what happened, to be waited for."""

from __future__ import annotations

from tests.support.waiting import until
from trunkline.replica_observer import Reason


class ReplicaNotes:
    """Keeps how many replicas serve, why some were set aside, and why requests were repeated."""

    def __init__(self) -> None:
        self.serving = 0
        self.aside = 0
        self.reasons: list[Reason] = []
        self.repeats: list[str] = []

    def replicas(self, serving: int, aside: int) -> None:
        """See Observer."""
        self.serving, self.aside = serving, aside

    def set_aside(self, reason: Reason) -> None:
        """See Observer."""
        self.reasons.append(reason)

    def retried(self, reason: str) -> None:
        """See Observer."""
        self.repeats.append(reason)

    def await_set_aside(self, reason: Reason) -> None:
        """Wait until one was set aside for this reason; on a busy machine another may be "slow"."""
        until(lambda: reason in self.reasons, f"nothing was set aside as {reason}: {self.reasons}")

    def await_serving(self, count: int) -> None:
        """Wait until so many replicas serve."""
        until(lambda: self.serving == count, f"{count} do not serve")
