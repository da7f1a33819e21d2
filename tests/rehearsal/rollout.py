"""Carry a release out as ECS does: task by task, or by canary; back when stopped or alarmed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from loadtests.stack.cluster import Replica
from tests.rehearsal.tasks import Definition

MINUTE_S = 6.0
"""What lasts a minute on ECS lasts this long here: alarms and bakes alike."""
_LOOK_S = 0.2


class StoppedError(Exception):
    """A release was stopped; the message says by whom."""


# A task that ends before it is ready, and one that never is, are ECS's circuit breaker's.
_FAILURES = (StoppedError, RuntimeError, TimeoutError)


class TaskSet(Protocol):
    """One service's tasks; `tests.rehearsal.tasks.Tasks` says what each method promises."""

    serving: list[Replica]

    def start(self, definition: Definition, count: int) -> list[Replica]:
        """Start tasks that get no request yet."""

    def serve(self, tasks: Sequence[Replica]) -> None:
        """Give all requests to these."""

    def split(self, new: Sequence[Replica], percent: int) -> None:
        """Give a share of all requests to `new`."""

    def stop(self, tasks: Sequence[Replica]) -> None:
        """Stop tasks that get nothing new."""


@dataclass
class Deployment:
    """A release of a service, with ECS's names for how far it is (`stage`) and how it ended."""

    arn: str
    revision: str
    definition: Definition
    before: Definition
    status: str = "IN_PROGRESS"
    stage: str = "SCALE_UP"
    why: str = ""
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    stopped: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Rollout:
    """A deployment with all it needs; `alarm` names a standing alarm, or is empty."""

    deployment: Deployment
    tasks: TaskSet
    configuration: Mapping[str, Any]
    alarm: Callable[[], str]

    def run(self) -> None:
        """Release, or take back; the deployment's status says which."""
        in_turn = self.configuration["strategy"] == "ROLLING"
        try:
            (self._task_by_task if in_turn else self._side_by_side)(self.deployment.definition)
        except _FAILURES as why:
            self.deployment.why = str(why)
            self.deployment.status = "ROLLBACK_SUCCESSFUL"
            return
        self.deployment.status = "SUCCESSFUL"

    def _task_by_task(self, definition: Definition) -> None:
        """Start a new task for each old one; this one is stopped when the new one is healthy."""
        replaced = 0
        try:
            for task in list(self.tasks.serving):
                self._watch(0)
                (new,) = self.tasks.start(definition, 1)
                self.tasks.serve([*self.tasks.serving, new])
                self.tasks.serve([one for one in self.tasks.serving if one is not task])
                self.tasks.stop([task])
                replaced += 1
        except _FAILURES:
            self._put_back(replaced)
            raise

    def _put_back(self, count: int) -> None:
        """Replace the newest tasks by ones of the release before."""
        kept = len(self.tasks.serving) - count
        old, new = self.tasks.serving[:kept], self.tasks.serving[kept:]
        self.tasks.serve([*old, *self.tasks.start(self.deployment.before, count)])
        self.tasks.stop(new)

    def _side_by_side(self, definition: Definition) -> None:
        """Start as many new tasks, shift requests to them, stop the old ones after the bake."""
        old = list(self.tasks.serving)
        new = self.tasks.start(definition, len(old))
        try:
            self._shift(new)
        except _FAILURES:
            self.tasks.serve(old)
            self.tasks.stop(new)
            raise
        self.deployment.stage = "CLEAN_UP"
        self.tasks.stop(old)
        if self.deployment.stopped.is_set():  # ECS takes back whatever is in progress
            self.tasks.serve(self.tasks.start(self.deployment.before, len(old)))
            self.tasks.stop(new)
            raise StoppedError("stopped from outside, after its bake")

    def _shift(self, new: Sequence[Replica]) -> None:
        self.deployment.stage = "PRODUCTION_TRAFFIC_SHIFT"
        canary = self.configuration.get("canaryConfiguration")
        if canary is not None:
            self.tasks.split(new, canary["canaryPercent"])
            self._watch(canary["canaryBakeTimeInMinutes"])
        self.tasks.serve(new)
        self.deployment.stage = "BAKE_TIME"
        self._watch(self.configuration["bakeTimeInMinutes"])

    def _watch(self, minutes: float) -> None:
        """Let minutes pass. Raises StoppedError when a person or an alarm ends the release."""
        end = time.monotonic() + minutes * MINUTE_S
        while True:
            if self.deployment.stopped.is_set():
                raise StoppedError("stopped from outside")
            if self.configuration["alarms"]["rollback"] and (name := self.alarm()):
                raise StoppedError(f"{name} stands on ALARM")
            if time.monotonic() >= end:
                return
            self.deployment.stopped.wait(_LOOK_S)
