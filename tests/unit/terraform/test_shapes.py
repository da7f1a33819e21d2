"""What holds plans against AWS's schemas sees a wrong value: else a clean run would say nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]

from tests.support.aws_api import complaints
from tests.support.cfn import REGION, to_cloudformation
from tests.support.cfn_kinds import KINDS

KIND = KINDS["aws_appautoscaling_target"]
TARGET: dict[str, Any] = {
    "service_namespace": "ecs",
    "resource_id": "service/trunkline-prod/trunkline-prod-gateway",
    "scalable_dimension": "ecs:service:DesiredCount",
    "min_capacity": 2,
    "max_capacity": 4,
}


def _linted(values: dict[str, Any]) -> list[str]:
    properties, unknown = to_cloudformation(KIND.type, values, KIND.names)
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {"R": {"Type": KIND.type, "Properties": properties}},
    }
    matches = lint(json.dumps(template), config=ManualArgs(regions=[REGION]))
    return [*unknown, *(match.message for match in matches if match.rule.id.startswith("E"))]


def test_what_is_right_passes() -> None:
    """A resource as it should be has nothing against it."""
    assert _linted(TARGET) == []
    assert complaints(KIND.type, to_cloudformation(KIND.type, TARGET, {})[0]) == []


@pytest.mark.parametrize(
    "wrong", [{"min_capacity": "two"}, {"scalable_dimension": None}, {"count": 3}]
)
def test_a_wrong_value_is_seen(wrong: dict[str, Any]) -> None:
    """A value of another type, one that is missing, an attribute that AWS does not know."""
    assert _linted({**TARGET, **wrong}) != []


@pytest.mark.parametrize(
    "wrong",
    [{"service_namespace": "ecs2"}, {"scalable_dimension": "ecs:service:Count"}, {"count": 3}],
)
def test_the_api_sees_a_value_outside_its_enumeration(wrong: dict[str, Any]) -> None:
    """Enumerations, which botocore leaves to the server, count here."""
    properties = to_cloudformation(KIND.type, TARGET, {})[0]
    named = {"".join(part.title() for part in k.split("_")): v for k, v in wrong.items()}
    assert complaints(KIND.type, {**properties, **named}) != []
