"""Evaluate our alarm on 5xx over what Envoy counted, in minutes shorter than CloudWatch's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtests.stack.envoy import Envoy
from tests.rehearsal.rollout import MINUTE_S
from tests.support.cloudwatch import load_alarms, state

ERRORS = "gateway-errors"
_KEPT = 10  # minutes: more than any alarm looks at


@dataclass
class Minutes:
    """What callers got, minute by minute, from counters that only grow."""

    asked: list[float] = field(default_factory=list)
    bad: list[float] = field(default_factory=list)
    _before: tuple[int, int] | None = None

    def add(self, asked: int, bad: int) -> None:
        """Take a minute's end: how many requests, and how many 5xx, there ever were."""
        if self._before is not None:
            self.asked = [*self.asked, float(asked - self._before[0])][-_KEPT:]
            self.bad = [*self.bad, float(bad - self._before[1])][-_KEPT:]
        self._before = (asked, bad)

    def alarms(self) -> bool:
        """Whether the alarm that Terraform makes stands on ALARM after these minutes."""
        series = {"asked": self.asked, "bad_a": self.bad}
        return state(load_alarms()[ERRORS], series, {}) == "ALARM"


class Alarms:
    """CloudWatch's client as boto3 has it, for the one alarm; reads its counters from Envoy."""

    def __init__(self, count: Callable[[], tuple[int, int]]) -> None:
        self._count, self._minutes, self._over = count, Minutes(), threading.Event()
        self._reader = threading.Thread(target=self._read)

    def start(self) -> None:
        """Begin to count minutes."""
        self._reader.start()

    def stop(self) -> None:
        """End."""
        self._over.set()
        if self._reader.is_alive():
            self._reader.join()

    def standing_name(self) -> str:
        """Return the name of the alarm if it stands on ALARM."""
        return ERRORS if self._minutes.alarms() else ""

    def describe_alarms(self, *, AlarmNames: Sequence[str], StateValue: str) -> dict[str, Any]:  # noqa: N803
        """Answer which of these alarms are in this state."""
        assert StateValue == "ALARM"
        standing = self.standing_name()
        return {"MetricAlarms": [{"AlarmName": name} for name in AlarmNames if name == standing]}

    def _read(self) -> None:
        while True:
            self._minutes.add(*self._count())
            if self._over.wait(MINUTE_S):
                return


def counts_of(envoy: Envoy) -> tuple[int, int]:
    """Return how many requests of callers Envoy has answered, and how many with 5xx."""
    counters = ("http.gateway.downstream_rq_completed", "http.gateway.downstream_rq_5xx")
    asked, bad = map(envoy.counter, counters)
    return asked, bad
