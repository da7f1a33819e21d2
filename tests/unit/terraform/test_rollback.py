"""A roll-back against ECS's own model: which release it goes to, how, and when it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from terraform.ecs import RUNNING, ReleaseError
from terraform.rollback import roll_back
from tests.support.ecs_history import OURS, Ecs, Release

CANARY: dict[str, Any] = {
    "strategy": "CANARY",
    "bakeTimeInMinutes": 15,
    "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 15},
    "alarms": {"alarmNames": ["trunkline-prod-gateway-errors"], "enable": True, "rollback": True},
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}
AT_ONCE: dict[str, Any] = {
    "strategy": "BLUE_GREEN",
    "bakeTimeInMinutes": 0,
    "alarms": {"alarmNames": [], "enable": False, "rollback": False},
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}
BAD = "ROLLBACK_SUCCESSFUL"


@pytest.fixture
def ecs() -> Ecs:
    """Return ECS with an embedder that runs our encoder, the first thing a roll-back asks for."""
    made = Ecs()
    made.describes("embedder", 3)
    made.labels("embedder", 3)
    return made


def _looked_at(ecs: Ecs, service: str, current: int, releases: list[Release]) -> None:
    ecs.lists(service, RUNNING, releases)
    ecs.describes(service, current, **CANARY)
    ecs.lists(service, ["SUCCESSFUL"], releases)
    ecs.reveals(service, releases)


@pytest.mark.parametrize(
    ("releases", "current", "target"),
    [
        # 10 was good, 11 was rolled back by an alarm, 12 is live.
        ([Release(10), Release(11, BAD), Release(12)], 12, 10),
        # 11 was stopped by a person.
        ([Release(10), Release(11, "STOPPED"), Release(12)], 12, 10),
        # The same revision twice, as after a rotated secret.
        ([Release(10), Release(12), Release(12)], 12, 10),
        # Rolled back from 12 to 10 before: the next step is 9, not 12 again.
        ([Release(9), Release(10), Release(12), Release(10)], 10, 9),
        # A release failed and ECS could not send traffic back.
        ([Release(8), Release(9, "ROLLBACK_FAILED"), Release(12)], 12, 8),
    ],
)
def test_it_goes_to_the_last_successful_release(
    ecs: Ecs, releases: list[Release], current: int, target: int
) -> None:
    """Never to one that an alarm or a person took back; all at once, without bake or alarm."""
    _looked_at(ecs, "gateway", current, releases)
    ecs.labels("gateway", target)
    ecs.describes("gateway", current, **CANARY)
    ecs.updates("gateway", target, AT_ONCE)
    with ecs.expecting() as client:
        roll_back(client, "prod", ["gateway"], say=lambda _: None)


def test_a_rolling_service_rolls_back_by_rolling(ecs: Ecs) -> None:
    """The embedder has no second target group: its strategy stays, alarms do not undo it."""
    rolling = {"strategy": "ROLLING", "maximumPercent": 200, "minimumHealthyPercent": 100}
    releases = [Release(2), Release(3)]
    ecs.lists("embedder", RUNNING, releases)
    ecs.describes("embedder", 3, **rolling)
    ecs.lists("embedder", ["SUCCESSFUL"], releases)
    ecs.reveals("embedder", releases)
    ecs.labels("embedder", 2)
    ecs.describes("embedder", 3, **rolling)
    ecs.updates("embedder", 2, rolling | {"alarms": AT_ONCE["alarms"]})
    with ecs.expecting() as client:
        roll_back(client, "prod", ["embedder"], say=lambda _: None)


def test_a_release_under_way_is_stopped(ecs: Ecs) -> None:
    """ECS itself sends traffic back, which is faster than any other release."""
    releases = [Release(10), Release(11, "IN_PROGRESS")]
    ecs.lists("gateway", RUNNING, releases)
    ecs.stops("gateway", 1)
    with ecs.expecting() as client:
        roll_back(client, "prod", ["gateway"], say=lambda _: None)


@pytest.mark.parametrize("theirs", ["sha256:" + "b" * 64, None])
def test_another_encoder_is_refused(ecs: Ecs, theirs: str | None) -> None:
    """Heads of another encoder would read vectors that mean nothing to them: nothing is touched."""
    releases = [Release(10), Release(11)]
    _looked_at(ecs, "heads", 11, releases)
    ecs.labels("heads", 10, theirs)
    with ecs.expecting() as client, pytest.raises(ReleaseError, match=OURS):
        roll_back(client, "prod", ["heads"], say=lambda _: None)


def test_nothing_is_touched_where_one_cannot_go_back(ecs: Ecs) -> None:
    """All services are looked at first: the gateway stays when heads have nowhere to go."""
    _looked_at(ecs, "gateway", 12, [Release(11), Release(12)])
    ecs.labels("gateway", 11)
    _looked_at(ecs, "heads", 5, [Release(4, BAD), Release(5)])
    with ecs.expecting() as client, pytest.raises(ReleaseError, match="no release before"):
        roll_back(client, "prod", ["gateway", "heads"], say=lambda _: None)


def test_a_refusal_of_aws_is_not_hidden() -> None:
    """Without the right to look, the command fails and says why; it does not act on nothing."""
    ecs = Ecs()
    ecs.stubber.add_client_error("describe_services", "AccessDeniedException", "not yours")
    with ecs.stubber, pytest.raises(ClientError, match="not yours"):
        roll_back(ecs.client, "prod", ["gateway"], say=lambda _: None)
