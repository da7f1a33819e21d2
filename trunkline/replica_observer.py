"""What is told of replicas as it happens: who is set aside, why, what was sent once more."""

from __future__ import annotations

from typing import Literal, Protocol

Reason = Literal["unreachable", "silent", "timing_out", "slow"]


class Observer(Protocol):
    """What is told of replicas as it happens; called under a lock, so it must be quick."""

    def replicas(self, serving: int, aside: int) -> None:
        """Note how many replicas serve, and how many that once did are set aside."""
        ...

    def set_aside(self, reason: Reason) -> None:
        """Note that a replica was set aside."""
        ...

    def retried(self, reason: str) -> None:
        """Note that a request was sent once more, and why."""
        ...


class Unobserved:
    """An Observer that notes nothing."""

    def replicas(self, serving: int, aside: int) -> None:
        """Note nothing."""

    def set_aside(self, reason: Reason) -> None:
        """Note nothing."""

    def retried(self, reason: str) -> None:
        """Note nothing."""
