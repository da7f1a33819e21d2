"""Run ECS's tasks as processes behind Envoy: start them, give them a share, drain and stop them."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loadtests.stack.cluster import Cluster, Replica
from loadtests.stack.processes import Kind

_DRAINED_S = 1.0  # between taking a task out and SIGTERM; a load balancer gets longer


@dataclass(frozen=True)
class Definition:
    """A task definition: whose code runs, with which settings, made for which encoder."""

    service: Kind
    code: Path
    settings: Mapping[str, str]
    encoder: str


@dataclass
class Tasks:
    """One service's tasks; `serving` are those that get all requests, evenly."""

    cluster: Cluster
    kind: Kind
    serving: list[Replica] = field(default_factory=list)

    def start(self, definition: Definition, count: int) -> list[Replica]:
        """Start tasks that get no request yet; return when all are ready.

        Raises RuntimeError where one ends, TimeoutError where one never is; then none is left.
        """
        tasks = [self.cluster.add(self.kind) for _ in range(count)]
        for task in tasks:
            prepare(task, definition)
        try:
            self.cluster.start_replicas(tasks)
        except (RuntimeError, TimeoutError):
            self.stop(tasks)
            raise
        return tasks

    def serve(self, tasks: Sequence[Replica]) -> None:
        """Give all requests to these, evenly; return when Envoy finds them healthy."""
        ports = [task.port for task in tasks]
        self.cluster.envoy.route(self.kind, ports)
        self.cluster.wait_healthy(self.kind, ports)
        self.serving = list(tasks)

    def split(self, new: Sequence[Replica], percent: int) -> None:
        """Give a share of all requests to `new`, the rest to those that serve."""
        heavy, light = weights(len(self.serving), len(new), percent)
        shares = {task.port: heavy for task in self.serving} | {task.port: light for task in new}
        self.cluster.envoy.share(self.kind, shares)
        self.cluster.wait_healthy(self.kind, [task.port for task in new])

    def stop(self, tasks: Sequence[Replica]) -> None:
        """Stop tasks that get nothing new, with SIGTERM: what they work on they finish."""
        time.sleep(_DRAINED_S)
        for task in tasks:
            if task.service is not None:
                task.service.stop()


def prepare(task: Replica, definition: Definition) -> None:
    """Let a task's start run this definition."""
    task.code = definition.code
    task.settings |= definition.settings


def weights(old: int, new: int, percent: int) -> tuple[int, int]:
    """Return the weight of each of `old` and of each of `new` tasks that gives these a share."""
    heavy, light = (100 - percent) * new, percent * old
    common = math.gcd(heavy, light)
    return heavy // common, light // common
