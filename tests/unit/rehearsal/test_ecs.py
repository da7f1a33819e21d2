"""The rehearsal's ECS, asked by the code that deploys: releases end, and go back, as on ECS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from loadtests.stack.cluster import Replica
from loadtests.stack.processes import KINDS, Kind
from terraform.deploy import Watch
from terraform.ecs import Service
from terraform.rollback import roll_back
from tests.rehearsal.acts import Applying
from tests.rehearsal.alarms import Alarms
from tests.rehearsal.ecs import CLUSTER, CONFIGURATIONS, ENVIRONMENT, LocalEcs
from tests.rehearsal.tasks import Definition

ENCODER = "sha256:1"
Happened = list[tuple[str, Any]]


@dataclass
class PaperTasks:
    """Tasks without processes; keeps what was done, by the numbers of tasks."""

    kind: Kind
    serving: list[Replica]
    happened: Happened = field(default_factory=list)
    last: int = 1
    broken: bool = False
    on_stop: Callable[[], None] = lambda: None

    def start(self, definition: Definition, count: int) -> list[Replica]:
        """Make tasks with the next numbers; broken ones end before they are ready."""
        if self.broken:
            raise RuntimeError("ended")
        self.last += count
        numbers = range(self.last - count + 1, self.last + 1)
        return [Replica(self.kind, number, number, {}) for number in numbers]

    def serve(self, tasks: Sequence[Replica]) -> None:
        """Note who serves."""
        self.serving = list(tasks)
        self.happened.append(("serve", [task.number for task in tasks]))

    def split(self, new: Sequence[Replica], percent: int) -> None:
        """Note who gets a share."""
        self.happened.append((f"split {percent}", [task.number for task in new]))

    def stop(self, tasks: Sequence[Replica]) -> None:
        """Note who is stopped."""
        self.on_stop()
        self.happened.append(("stop", [task.number for task in tasks]))


@dataclass
class Place:
    """An environment on paper, its first release being `first`."""

    ecs: LocalEcs
    tasks: dict[Kind, PaperTasks]

    def first(self, kind: Kind) -> Definition:
        """Return what a service ran from the start."""
        return Definition(kind, Path("one"), {}, ENCODER)

    def release(self, kind: Kind, code: str, configuration: dict[str, Any]) -> str:
        """Release a definition to its end; return how it ended."""
        definition = replace(self.first(kind), code=Path(code))
        self.ecs.update_service(
            cluster=CLUSTER, service=f"{CLUSTER}-{kind}",
            taskDefinition=self.ecs.register(definition), deploymentConfiguration=configuration,
        )  # fmt: skip
        return self.ecs.settled(kind).status


@pytest.fixture
def place() -> Place:
    """Make an environment with two tasks of each service."""
    tasks = {
        kind: PaperTasks(kind, [Replica(kind, number, number, {}) for number in range(2)])
        for kind in KINDS
    }
    services = {kind: (tasks[kind], Definition(kind, Path("one"), {}, ENCODER)) for kind in KINDS}
    return Place(LocalEcs(services, Alarms(lambda: (0, 0))), tasks)


def _at_once(kind: Kind) -> dict[str, Any]:
    """Return how a service is released, without the time that it takes."""
    configuration = dict(CONFIGURATIONS[kind])
    if "bakeTimeInMinutes" in configuration:
        canary = {"canaryPercent": 10, "canaryBakeTimeInMinutes": 0}
        configuration |= {"bakeTimeInMinutes": 0, "canaryConfiguration": canary}
    return configuration


def test_a_canary_shifts_requests_before_old_tasks_end(place: Place) -> None:
    """Ten percent, then all; the old ones are stopped when they have nothing left."""
    assert place.release("gateway", "two", _at_once("gateway")) == "SUCCESSFUL"
    assert place.tasks["gateway"].happened == [
        ("split 10", [2, 3]), ("serve", [2, 3]), ("stop", [0, 1]),
    ]  # fmt: skip


def test_a_rolling_release_never_has_fewer_tasks(place: Place) -> None:
    """A new task serves before an old one is taken out, and that one is stopped last."""
    assert place.release("embedder", "two", _at_once("embedder")) == "SUCCESSFUL"
    assert place.tasks["embedder"].happened == [
        ("serve", [0, 1, 2]), ("serve", [1, 2]), ("stop", [0]),
        ("serve", [1, 2, 3]), ("serve", [2, 3]), ("stop", [1]),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["embedder", "gateway"])
def test_tasks_that_never_start_leave_the_old_ones_alone(place: Place, kind: Kind) -> None:
    """As by ECS's circuit breaker; the release is none that one goes back to."""
    place.tasks[kind].broken = True
    with pytest.raises(RuntimeError, match="ended"):
        place.tasks[kind].start(place.first(kind), 1)
    assert place.release(kind, "two", _at_once(kind)) == "ROLLBACK_SUCCESSFUL"
    assert [task.number for task in place.tasks[kind].serving] == [0, 1]
    assert place.ecs.serves(kind) == f"{CLUSTER}-{kind}:1"


def test_a_failed_smoke_test_sends_requests_back(place: Place) -> None:
    """The code that deploys stops the release in its bake: the old tasks serve, the new end."""
    definition = replace(place.first("gateway"), code=Path("two"))
    endless: dict[Kind, dict[str, Any]] = {
        "gateway": _at_once("gateway") | {"bakeTimeInMinutes": 1_000}
    }
    apply = Applying(place.ecs, [definition], endless)
    watch = Watch(place.ecs, ENVIRONMENT, lambda: False, lambda: None, lambda _: None)
    assert not watch.follow(apply)
    assert place.ecs.settled("gateway").status == "ROLLBACK_SUCCESSFUL"
    assert place.tasks["gateway"].happened[-2:] == [("serve", [0, 1]), ("stop", [2, 3])]


def test_a_release_can_be_stopped_while_old_tasks_end(place: Place) -> None:
    """After the bake it is still in progress: what ran before is started again, and serves."""
    tasks = place.tasks["gateway"]

    def stop_release() -> None:
        tasks.on_stop = lambda: None
        under_way = Service(place.ecs, ENVIRONMENT, "gateway").running_deployment()
        assert under_way is not None
        Service(place.ecs, ENVIRONMENT, "gateway").stop(under_way)

    tasks.on_stop = stop_release
    assert place.release("gateway", "two", _at_once("gateway")) == "ROLLBACK_SUCCESSFUL"
    assert tasks.happened[-3:] == [("stop", [0, 1]), ("serve", [4, 5]), ("stop", [2, 3])]
    assert place.ecs.serves("gateway") == f"{CLUSTER}-gateway:1"


def test_a_roll_back_passes_over_releases_that_were_taken_back(place: Place) -> None:
    """The last good one before is released at once: no share first, no bake."""
    kinds: tuple[Kind, ...] = ("gateway", "heads")
    for kind in kinds:
        place.release(kind, "two", _at_once(kind))
        place.tasks[kind].broken = True
        place.release(kind, "three", _at_once(kind))
        place.tasks[kind].broken = False
        place.tasks[kind].happened.clear()
    roll_back(place.ecs, ENVIRONMENT, kinds, lambda _: None)
    for kind in kinds:
        assert place.ecs.settled(kind).definition == place.first(kind)
        assert [what for what, _ in place.tasks[kind].happened] == ["serve", "stop"]


def test_scaling_changes_tasks_and_no_release(place: Place) -> None:
    """One more serves when it is ready; the one too many is taken out before it is stopped."""
    service = f"{CLUSTER}-heads"
    for count in (3, 2):
        place.ecs.update_service(cluster=CLUSTER, service=service, desiredCount=count)
    assert place.tasks["heads"].happened == [
        ("serve", [0, 1, 2]), ("serve", [0, 1]), ("stop", [2]),
    ]  # fmt: skip
    assert Service(place.ecs, ENVIRONMENT, "heads").running_deployment() is None
