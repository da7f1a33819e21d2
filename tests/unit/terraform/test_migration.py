"""The migration before a release, against ECS's own model: what runs, where, and what stops it."""

from __future__ import annotations

from typing import Any

import pytest

from terraform.ecs import ReleaseError
from terraform.migration import Migration
from tests.support.ecs_history import ACCOUNT, CLUSTER, Ecs, definition_arn

IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline/gateway@sha256:" + "b" * 64
NETWORK = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED",
    }
}  # fmt: skip
TASK = f"{ACCOUNT}:task/{CLUSTER}/t1"
CONTAINER = {"name": "gateway-migrate", "image": "before", "command": ["migrate"]}
OLD, NEW = definition_arn("gateway-migrate", 7), definition_arn("gateway-migrate", 8)


def _expect_service(ecs: Ecs, *, exists: bool = True) -> None:
    service = {"status": "ACTIVE", "networkConfiguration": NETWORK}
    answer = {"services": [service] if exists else []}
    wanted = {"cluster": CLUSTER, "services": [f"{CLUSTER}-gateway"]}
    ecs.stubber.add_response("describe_services", answer, wanted)


def _expect_family(ecs: Ecs, *arns: str) -> None:
    wanted = {
        "familyPrefix": f"{CLUSTER}-gateway-migrate", "status": "ACTIVE", "sort": "DESC",
        "maxResults": 1,
    }  # fmt: skip
    ecs.stubber.add_response("list_task_definitions", {"taskDefinitionArns": list(arns)}, wanted)


def _expect_definition(ecs: Ecs) -> None:
    definition: dict[str, Any] = {
        "taskDefinitionArn": OLD, "family": f"{CLUSTER}-gateway-migrate", "revision": 7,
        "status": "ACTIVE", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/e", "compatibilities": ["FARGATE"],
        "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [CONTAINER],
    }  # fmt: skip
    ecs.stubber.add_response(
        "describe_task_definition", {"taskDefinition": definition}, {"taskDefinition": OLD}
    )
    not_asked = ("taskDefinitionArn", "revision", "status", "compatibilities")
    wanted = {name: value for name, value in definition.items() if name not in not_asked}
    wanted["containerDefinitions"] = [{**CONTAINER, "image": IMAGE}]
    made = {"taskDefinition": {"taskDefinitionArn": NEW}}
    ecs.stubber.add_response("register_task_definition", made, wanted)


def _expect_run(ecs: Ecs, failure: str = "") -> None:
    wanted = {
        "cluster": CLUSTER, "taskDefinition": NEW, "launchType": "FARGATE", "count": 1,
        "networkConfiguration": NETWORK, "startedBy": "deploy",
    }  # fmt: skip
    answer: dict[str, Any] = {"tasks": [{"taskArn": TASK}]}
    if failure:
        answer = {"tasks": [], "failures": [{"reason": failure}]}
    ecs.stubber.add_response("run_task", answer, wanted)


def _expect_state(ecs: Ecs, status: str, code: int | None = None, reason: str = "") -> None:
    container = {} if code is None else {"exitCode": code}
    task = {"lastStatus": status, "containers": [container], "stoppedReason": reason}
    wanted = {"cluster": CLUSTER, "tasks": [TASK]}
    ecs.stubber.add_response("describe_tasks", {"tasks": [task]}, wanted)


def _expect_tidying(ecs: Ecs) -> None:
    ecs.stubber.add_response("deregister_task_definition", {}, {"taskDefinition": NEW})


def _run(ecs: Ecs) -> bool:
    with ecs.expecting() as client:
        migration = Migration(client, "prod", pause=lambda: None, say=lambda _: None)
        return migration.run(IMAGE)


def _up_to_the_start(ecs: Ecs) -> None:
    _expect_service(ecs)
    _expect_family(ecs, OLD)
    _expect_definition(ecs)


def test_the_releases_image_migrates_where_gateways_run() -> None:
    """Terraform's definition with the new image, the gateway's network, waited for to its end."""
    ecs = Ecs()
    _up_to_the_start(ecs)
    _expect_run(ecs)
    _expect_state(ecs, "PROVISIONING")
    _expect_state(ecs, "RUNNING")
    _expect_state(ecs, "STOPPED", 0)
    _expect_tidying(ecs)
    assert _run(ecs)


@pytest.mark.parametrize("code", [1, None], ids=["fails", "never starts"])
def test_a_migration_that_fails_stops_the_release(code: int | None) -> None:
    """A task that could not pull its image or read its secret has no exit code."""
    ecs = Ecs()
    _up_to_the_start(ecs)
    _expect_run(ecs)
    _expect_state(ecs, "STOPPED", code, "Essential container in task exited")
    _expect_tidying(ecs)
    with pytest.raises(ReleaseError, match=r"exited \(exit code .*/trunkline-prod/gateway-migrate"):
        _run(ecs)


def test_a_task_that_cannot_be_placed_stops_the_release() -> None:
    """The reason is ECS's own."""
    ecs = Ecs()
    _up_to_the_start(ecs)
    _expect_run(ecs, "RESOURCE:ENI")
    _expect_tidying(ecs)
    with pytest.raises(ReleaseError, match="does not start: RESOURCE:ENI"):
        _run(ecs)


def test_without_a_log_there_is_nothing_to_migrate() -> None:
    """Neither before the first release of all, nor where the log is off."""
    ecs = Ecs()
    _expect_service(ecs, exists=False)
    assert not _run(ecs)
    ecs = Ecs()
    _expect_service(ecs)
    _expect_family(ecs)
    assert not _run(ecs)
