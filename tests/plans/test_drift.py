"""What ECS changes by itself, and what an operator does, is no drift."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.plans.conftest import Root


@contextmanager
def _as_aws_left_it(root: Root) -> Iterator[dict[str, Any]]:
    """Hand out the state to be changed; put the old one back afterwards."""
    before = root.state_file.read_text()
    state = json.loads(before)
    try:
        yield state
    finally:
        root.state_file.write_text(before)


def _instances(state: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    for resource in state["resources"]:
        if resource["type"] == kind and resource["mode"] == "managed":
            for instance in resource["instances"]:
                yield instance["attributes"]


def test_a_second_plan_is_empty(root: Root) -> None:
    """What was applied is what is wanted."""
    assert root.changes() == []


def test_a_release_leaves_no_drift(root: Root) -> None:
    """After a release target groups have changed places; weights and counts are ECS's."""
    with _as_aws_left_it(root) as state:
        swapped = 0
        for service in _instances(state, "aws_ecs_service"):
            service["desired_count"] = 3
            for balancer in service["load_balancer"]:
                (advanced,) = balancer["advanced_configuration"]
                production = balancer["target_group_arn"]
                balancer["target_group_arn"] = advanced["alternate_target_group_arn"]
                advanced["alternate_target_group_arn"] = production
                swapped += 1
        for rule in _instances(state, "aws_lb_listener_rule"):
            for action in rule["action"]:
                for forward in action["forward"]:
                    for group in forward["target_group"]:
                        group["weight"] = 100 - group["weight"]
        for group in _instances(state, "aws_autoscaling_group"):
            group["desired_capacity"] = 2
        assert swapped == 1
        root.state_file.write_text(json.dumps(state))
        assert root.changes() == []


def test_a_service_may_change_its_capacity_provider(root: Root) -> None:
    """The embedder's may change: the provider replaces a service that does not say so."""
    services = {r.address: r.values for r in root.resources if r.type == "aws_ecs_service"}
    assert services["module.embedder.aws_ecs_service.this"]["force_new_deployment"] is True


def test_a_destroyed_environment_can_be_made_again(root: Root) -> None:
    """Where deletion is allowed no secret's name is held back, nor does a bucket refuse."""
    protected = root.plan["variables"].get("deletion_protection", {"value": True})["value"]
    windows = {
        r.values["recovery_window_in_days"]
        for r in root.resources
        if r.type == "aws_secretsmanager_secret"
    }
    assert windows == {30 if protected else 0}
