"""What a service chooses of its worker: bounds, its way of wording problems, its observer."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Protocol

from trunkline.serving.refusal import Render, plain


class Observer(Protocol):
    """Counts what happens at the door; thread-safe, and cheap: most of it is called per request."""

    def refused(self, reason: str) -> None:
        """Count a request refused or dropped, or a connection that gave way to a new one."""

    def waited(self, seconds: float) -> None:
        """Observe how long a request waited before it ran."""

    def state(self, waiting: int, in_flight: int, limit: int) -> None:
        """Show this worker's requests that wait and run, and how many may run."""


REASONS = (
    "queue_full",
    "waited",
    "deadline",
    "gone",
    "no_memory",
    "too_large",
    "timed_out",
    "malformed",
    "evicted",
)
"""Everything that `Observer.refused` is called with."""


class NoObserver:
    """Counts nothing."""

    def refused(self, reason: str) -> None:
        """See Observer."""

    def waited(self, seconds: float) -> None:
        """See Observer."""

    def state(self, waiting: int, in_flight: int, limit: int) -> None:
        """See Observer."""


def unlimited(_path: bytes, _media_type: bytes) -> int:
    """Return a limit that no body reaches."""
    return 1 << 62


@dataclass(frozen=True, slots=True)
class Options:
    """Bounds of one worker.

    `max_waiting` requests wait for a thread, each at most `max_wait_s`. `timeout_s` is the deadline
    of a request that names none in X-Request-Timeout-Ms, `max_timeout_s` the longest it may name.
    `memory_bytes` bounds what is received and unsent in all. A head has `head_timeout_s`; in a body
    `stall_timeout_s` may pass without a byte, and on the whole it must come at `least_rate_bytes` a
    second. A stopping worker hears kept connections for `stop_idle_s`. `probes` are paths that
    health checks ask: run by threads of their own, and refused only where 64 wait; those of
    `liveness` by one that no other probe keeps. `observer` is called once in each worker, after its
    application was made. Without `adaptive` as many requests run at once as there are threads.
    """

    max_waiting: int = 64
    max_wait_s: float = 1.0
    timeout_s: float = inf
    max_timeout_s: float = inf
    memory_bytes: int = 64 << 20
    head_bytes: int = 64 << 10
    head_timeout_s: float = 10.0
    stall_timeout_s: float = 10.0
    least_rate_bytes: int = 16 << 10
    stop_idle_s: float = 2.0
    body_limit: Callable[[bytes, bytes], int] = unlimited
    probes: frozenset[bytes] = frozenset({b"/livez", b"/readyz", b"/metrics"})
    liveness: frozenset[bytes] = frozenset({b"/livez"})
    render: Render = plain
    observer: Callable[[], Observer] = NoObserver
    adaptive: bool = True

    @property
    def standing_wait_s(self) -> float:
        """Return how long a request may wait while a queue stands."""
        return self.max_wait_s / 2

    @property
    def target_s(self) -> float:
        """Return how long requests may take before fewer run at once."""
        return self.max_wait_s / 2
