"""A deployment against ECS's own model: when it does not begin, and what takes it back."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from terraform.deploy import Watch, check
from terraform.ecs import RUNNING, ReleaseError
from tests.support.ecs_history import OURS, Ecs, Release

ALARMS = ["trunkline-prod-gateway-errors", "trunkline-prod-gateway-unhealthy"]
WATCHED = {"alarms": {"alarmNames": ALARMS, "enable": True, "rollback": True}}
RELEASE = {"encoder_fingerprint": OURS}
OLD, NEW = Release(10), Release(11, "IN_PROGRESS")
SHIFTING = Release(11, "IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT")


class Applying:
    """Terraform, which ends with `code` after it was looked at `looks` times."""

    def __init__(self, looks: int, code: int) -> None:
        self._looks, self._code = looks, code

    def poll(self) -> int | None:
        """Return the exit code once it has ended."""
        self._looks -= 1
        return self._code if self._looks < 0 else None


class Smoke:
    """The smoke test, which passes or does not; counts how often it ran."""

    def __init__(self, *, passes: bool) -> None:
        self.runs, self._passes = 0, passes

    def __call__(self) -> bool:
        """Run it."""
        self.runs += 1
        return self._passes


def _follow(ecs: Ecs, smoke: Smoke, apply: Applying) -> bool:
    with ecs.expecting() as client:
        watch = Watch(client, "prod", smoke, pause=lambda: None, say=lambda _: None)
        return watch.follow(apply)


def _nothing_runs(ecs: Ecs, *services: str) -> None:
    for service in services:
        ecs.lists(service, RUNNING, [OLD])


def test_smoke_runs_while_the_old_release_is_there() -> None:
    """Not while traffic moves, and not after the bake: then taking back would be a new release."""
    ecs, smoke = Ecs(), Smoke(passes=True)
    _nothing_runs(ecs, "gateway")  # embedder and heads come first
    ecs.lists("gateway", RUNNING, [OLD, NEW])
    ecs.tells_stage("gateway", 1, SHIFTING)
    ecs.lists("gateway", RUNNING, [OLD, NEW])
    ecs.tells_stage("gateway", 1, NEW)
    assert _follow(ecs, smoke, Applying(looks=6, code=0))
    assert smoke.runs == 1


def test_a_failed_smoke_stops_the_release() -> None:
    """ECS moves the weights back while the old tasks still run."""
    ecs, smoke = Ecs(), Smoke(passes=False)
    ecs.lists("gateway", RUNNING, [OLD, NEW])
    ecs.tells_stage("gateway", 1, NEW)
    ecs.lists("gateway", RUNNING, [OLD, NEW])
    ecs.stops("gateway", 1)
    _nothing_runs(ecs, "heads", "embedder")
    assert not _follow(ecs, smoke, Applying(looks=6, code=0))


def test_a_failed_apply_stops_what_it_left_running() -> None:
    """Terraform's time-out leaves a canary that never started: it is ended, smoke is not run."""
    ecs, smoke = Ecs(), Smoke(passes=True)
    _nothing_runs(ecs, "gateway", "gateway")
    ecs.lists("heads", RUNNING, [OLD, NEW])
    ecs.stops("heads", 1)
    _nothing_runs(ecs, "embedder")
    assert not _follow(ecs, smoke, Applying(looks=1, code=1))
    assert smoke.runs == 0


def test_a_smoke_that_comes_too_late_rolls_back() -> None:
    """The bake was over between two looks and smoke fails: the release before is released."""
    ecs, smoke = Ecs(), Smoke(passes=False)
    ecs.lists("gateway", RUNNING, [OLD, NEW])
    ecs.tells_stage("gateway", 1, SHIFTING)
    _nothing_runs(ecs, "gateway", "heads", "embedder")
    ecs.describes("embedder", 3)
    ecs.labels("embedder", 3)
    for service in ("gateway", "heads"):
        releases = [Release(10), Release(11)]
        ecs.lists(service, RUNNING, releases)
        ecs.describes(service, 11)
        ecs.lists(service, ["SUCCESSFUL"], releases)
        ecs.reveals(service, releases)
        ecs.labels(service, 10)
    for service in ("gateway", "heads"):
        ecs.describes(service, 11)
        ecs.updates(service, 10, {"alarms": {"alarmNames": [], "enable": False, "rollback": False}})
    assert not _follow(ecs, smoke, Applying(looks=1, code=0))


def test_an_apply_without_a_release_is_tried_all_the_same() -> None:
    """Where the gateway did not change, smoke runs at the end; failing, it undoes no release."""
    ecs, smoke = Ecs(), Smoke(passes=False)
    _nothing_runs(ecs, "gateway", "gateway", "heads", "embedder")
    assert not _follow(ecs, smoke, Applying(looks=1, code=0))
    assert smoke.runs == 1


def _cloudwatch(standing: list[str]) -> tuple[Any, Stubber]:
    client = boto3.client(
        "cloudwatch", region_name="eu-central-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip
    stubber = Stubber(client)
    answer = {"MetricAlarms": [{"AlarmName": name} for name in standing]}
    wanted = {"AlarmNames": ALARMS, "StateValue": "ALARM"}
    stubber.add_response("describe_alarms", answer, wanted)
    return client, stubber


def _may_begin(standing: list[str]) -> None:
    ecs = Ecs()
    ecs.describes("embedder", 3)
    ecs.labels("embedder", 3)
    for service in ("embedder", "heads", "gateway"):
        ecs.describes(service, 3, **WATCHED)
    client, stubber = _cloudwatch(standing)
    with ecs.expecting() as asked, stubber:
        check(asked, client, "prod", RELEASE)


def test_a_release_begins_with_all_alarms_quiet() -> None:
    """Nothing stands in the way."""
    _may_begin([])


def test_a_standing_alarm_refuses_a_release() -> None:
    """ECS would ignore it, and roll nothing back."""
    with pytest.raises(ReleaseError, match="gateway-errors"):
        _may_begin(["trunkline-prod-gateway-errors"])


def test_other_weights_are_refused() -> None:
    """A release whose encoder is not the running one never replaces it in place."""
    ecs = Ecs()
    ecs.describes("embedder", 3)
    ecs.labels("embedder", 3, "sha256:" + "b" * 64)
    with ecs.expecting() as client, pytest.raises(ReleaseError, match="encoder"):
        check(client, None, "prod", RELEASE)


def test_the_first_release_of_all_begins() -> None:
    """Where there is no service yet there is nothing to compare with."""
    ecs = Ecs()
    ecs.describes("embedder", None)
    with ecs.expecting() as client:
        check(client, None, "prod", RELEASE)
