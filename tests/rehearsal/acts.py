"""The acts of a rehearsal, in their order: each a change of the deployment under load."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import urllib3

from loadtests.config import authorization
from loadtests.stack.cluster import Replica
from loadtests.stack.processes import ROOT, Kind, environment_of, wait_until
from terraform.deploy import Watch, check
from terraform.rollback import DEFAULT, roll_back
from tests.faults.row import Bounds, Row, Scene
from tests.rehearsal.ecs import CLUSTER, CONFIGURATIONS, ENVIRONMENT, LocalEcs
from tests.rehearsal.stage import Stage
from tests.rehearsal.tasks import Definition

RATE = 4.0  # 24 in a minute of the rehearsal: over 20, where the alarm goes by shares
_LONGEST_S = 300.0
_AROUND_S = 2.0  # of load before and after an act
_LOOK_S = 0.2
_SMOKE_P95_MS = 10_000  # the machine's speed is not what is rehearsed
_IN_A_ROW = 20  # answers of a gateway: every worker gave some
_WAIT_S = 60.0
_ALARMED = "what the canary's 10 % answer until two minutes in a row are bad"


class Applying:
    """`terraform apply` of some services, one after the other, until each release has ended."""

    def __init__(
        self, ecs: LocalEcs, definitions: Sequence[Definition],
        configurations: Mapping[Kind, dict[str, Any]] = CONFIGURATIONS,
    ) -> None:  # fmt: skip
        self._ecs, self._definitions, self._code = ecs, definitions, 0
        self._configurations = configurations
        self._worker = threading.Thread(target=self._apply)
        self._worker.start()

    def poll(self) -> int | None:
        """Return the exit code; None while it runs."""
        return None if self._worker.is_alive() else self._code

    def _apply(self) -> None:
        for definition in self._definitions:
            kind = definition.service
            self._ecs.update_service(
                cluster=CLUSTER, service=f"{CLUSTER}-{kind}",
                taskDefinition=self._ecs.register(definition),
                deploymentConfiguration=self._configurations[kind],
            )  # fmt: skip
            if self._ecs.settled(kind).status != "SUCCESSFUL":
                self._code = 1
                return


def acts(stage: Stage) -> list[Row]:
    """Return the acts as rows of a table; each begins where the one before it ended."""
    timed_out = _gateway(stage, {"GATEWAY_REQUEST_TIMEOUT_MS": "1"})
    open_to_all = _gateway(stage, {}, without="GATEWAY_API_KEYS_FILE")

    def row(name: str, act: Callable[[Stage, Scene], None], bounds: Bounds | None = None) -> Row:
        return Row(
            name, lambda scene: _play(act, stage, scene), bounds or Bounds(), RATE, 10.0,
            most_s=_LONGEST_S,
        )  # fmt: skip

    return [
        row("deploy: heads, 10 % for a while, then all", _deployed("heads")),
        row("canary: gateways, 10 %, all, smoke test in the bake", _deployed("gateway")),
        row("bad release: times out; stopped by the alarm", _alarmed(timed_out),
            Bounds(failed=None, why=_ALARMED)),
        row("bad release: asks for no key; stopped by the smoke test", _smoked(open_to_all)),
        row("roll-back of gateways and heads, without a bake", rolled_back),
        row("keys rotated: one added, callers moved, the old one revoked", rotated),
        row("the embedder replaced by the next release's, task by task", _deployed("embedder")),
        row("an embedder's task killed, and replaced", killed),
        row("scale out and in: each service 2, 3, 2", scaled),
    ]  # fmt: skip


def release(stage: Stage, scene: Scene, definition: Definition, *, smoke: bool = False) -> bool:
    """Release as `make deploy` does: checked, watched, tried. Returns whether it was good."""
    wanted = {"encoder_fingerprint": definition.encoder}
    wait_until(lambda: not stage.alarms.standing_name(), _WAIT_S, "the alarm stays")
    check(stage.ecs, stage.alarms, ENVIRONMENT, wanted)
    scene.fault()
    tried = (lambda: _smoke_passes(stage, scene)) if smoke else None
    watch = Watch(stage.ecs, ENVIRONMENT, tried, lambda: scene.wait(_LOOK_S), scene.notes.append)
    good = watch.follow(Applying(stage.ecs, [definition]))
    if why := stage.ecs.settled(definition.service).why:
        scene.notes.append(why)
    return good


def rolled_back(stage: Stage, scene: Scene) -> None:
    """Send gateways and heads back to the release before, as `make rollback` does."""
    scene.fault()
    roll_back(stage.ecs, ENVIRONMENT, DEFAULT, scene.notes.append)
    for kind, definition in (("gateway", stage.old["gateway"]), ("heads", stage.old["heads"])):
        ended = stage.ecs.settled(definition.service)
        _expect(scene, ended.status == "SUCCESSFUL", f"{kind} did not go back: {ended.why}")
        _expect(scene, ended.definition == definition, f"{kind} went to {ended.revision}")


def rotated(stage: Stage, scene: Scene) -> None:
    """Let callers move from one key to another; the old one ends when nobody shows it."""
    before = stage.keys.current
    scene.fault()
    after = stage.keys.make("callers-2")
    _until_all_answer(stage, after, 200)
    stage.keys.current = after
    scene.wait(2.0)
    stage.keys.revoke("callers-1")
    _until_all_answer(stage, before, 401)


def scaled(stage: Stage, scene: Scene) -> None:
    """Let one more task of each service start, serve and end, one service after the other."""
    scene.fault()
    kinds: tuple[Kind, ...] = ("gateway", "heads", "embedder")
    for count in (3, 2):
        for kind in kinds:
            service = f"{CLUSTER}-{kind}"
            stage.ecs.update_service(cluster=CLUSTER, service=service, desiredCount=count)
        scene.wait(3.0)


def killed(stage: Stage, scene: Scene) -> None:
    """Kill an embedder's task; another takes its place, as ECS sees to it."""
    scene.fault()
    task = stage.ecs.serving("embedder")[0]
    task.process.signal(signal.SIGKILL)
    task.process.process.wait()
    scene.wait(3.0)
    stage.ecs.replace_task("embedder")


def _play(act: Callable[[Stage, Scene], None], stage: Stage, scene: Scene) -> None:
    scene.wait(_AROUND_S)
    act(stage, scene)
    scene.wait(_AROUND_S)


def _deployed(kind: Kind) -> Callable[[Stage, Scene], None]:
    def act(stage: Stage, scene: Scene) -> None:
        good = release(stage, scene, stage.new[kind], smoke=kind == "gateway")
        _expect(scene, good, "a good release was taken back")

    return act


def _alarmed(definition: Definition) -> Callable[[Stage, Scene], None]:
    def act(stage: Stage, scene: Scene) -> None:
        before = stage.ecs.serves("gateway")
        good = release(stage, scene, definition, smoke=True)
        ended = stage.ecs.settled("gateway")
        _expect(scene, not good and "ALARM" in ended.why, "no alarm stopped it")
        _expect(scene, ended.stage == "PRODUCTION_TRAFFIC_SHIFT", "it had more than its 10 %")
        _expect(scene, stage.ecs.serves("gateway") == before, "another release serves than before")

    return act


def _smoked(definition: Definition) -> Callable[[Stage, Scene], None]:
    def act(stage: Stage, scene: Scene) -> None:
        good = release(stage, scene, definition, smoke=True)
        ended = stage.ecs.settled("gateway")
        _expect(scene, not good, "the smoke test let it pass")
        if ended.definition == definition:
            _expect(scene, ended.status == "ROLLBACK_SUCCESSFUL", "it was not stopped")
        else:  # the bake was over before: the release before it was released again
            _expect(scene, ended.definition == stage.new["gateway"], "another was released")

    return act


def _gateway(stage: Stage, more: dict[str, str], without: str = "") -> Definition:
    """Return the new gateway's definition with settings that somebody got wrong."""
    good = stage.new["gateway"]
    settings = {name: value for name, value in good.settings.items() if name != without}
    return replace(good, settings=settings | more)


def _smoke_passes(stage: Stage, scene: Scene) -> bool:
    """Run the smoke test that `make deploy` runs in the bake."""
    command = [sys.executable, "-m", "gateway", "smoke", stage.cluster.url,
               "--p95-ms", str(_SMOKE_P95_MS)]  # fmt: skip
    environment = environment_of("gateway", {"GATEWAY_API_KEY": stage.keys.current})
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    failed = [x for x in done.stdout.decode().splitlines() if x.startswith("FAILED")]
    scene.notes += failed or [f"smoke test ended with {done.returncode}"]
    return done.returncode == 0


def _until_all_answer(stage: Stage, key: str, status: int) -> None:
    """Wait until every gateway has answered this key so, many times in a row."""
    for task in stage.ecs.serving("gateway"):
        answers: list[int] = []

        def settled(task: Replica = task, answers: list[int] = answers) -> bool:
            answers.append(_status(task, key))
            return answers[-_IN_A_ROW:] == [status] * _IN_A_ROW

        wait_until(settled, _WAIT_S, f"{task.name} does not answer {status} to this key")


def _status(task: Replica, key: str) -> int:
    return urllib3.request(
        "GET", f"{task.url}/v1/heads", headers=authorization(key), retries=False, timeout=20
    ).status


def _expect(scene: Scene, holds: bool, otherwise: str) -> None:
    if not holds:
        scene.wrong.append(otherwise)
