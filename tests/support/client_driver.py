"""Carries out the client's steps without a network: a clock and a gateway of a test's own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from trunkline.client.messages import Reply, Request
from trunkline.client.steps import Result, Sleep, Steps, Terms

Gateway = Callable[[Request], Reply]


@dataclass
class Driver:
    """Runs steps against `gateway`; keeps what was sent and how long was slept."""

    gateway: Gateway
    took_s: float = 0.0
    now: float = 1000.0
    sent: list[Request] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def terms(self, **changes: Any) -> Terms:
        """Return terms on this clock, with half of each jitter."""
        return Terms(**{"clock": lambda: self.now, "jitter": lambda: 0.5, **changes})

    def run(self, steps: Steps[Result]) -> Result:
        """Return the steps' result."""
        reply: Reply | None = None
        while True:
            try:
                effect = steps.send(reply)
            except StopIteration as done:
                result: Result = done.value
                return result
            if isinstance(effect, Sleep):
                self.now += effect.seconds
                self.slept.append(effect.seconds)
                reply = None
            else:
                self.sent.append(effect.request)
                self.timeouts.append(effect.timeout_s)
                self.now += self.took_s
                reply = self.gateway(effect.request)


def answer(name: str) -> dict[str, Any]:
    """Return an answer's JSON with this id, and a member that no client knows."""
    return {
        "id": name,
        "decision": {"intent": "other", "abstained": False, "decided_by": "model", "new": 1},
        "heads": {},
        "from_the_future": {"a": [1]},
    }
