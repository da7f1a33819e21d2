"""CloudFormation properties as API requests, held against the model that botocore carries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from tests.support.aws_shapes import Rules, convert


@dataclass(frozen=True)
class ApiShape:
    """A shape of botocore's model."""

    shape: Any

    @property
    def members(self) -> Mapping[str, ApiShape] | None:
        """Members by name."""
        if self.shape.type_name != "structure":
            return None
        return {name: ApiShape(inner) for name, inner in self.shape.members.items()}

    @property
    def items(self) -> ApiShape | None:
        """The items of a list."""
        return ApiShape(self.shape.member) if self.shape.type_name == "list" else None


CALLS: dict[str, tuple[str, str, Mapping[str, str | None]]] = {
    "AWS::ECS::Service": ("ecs", "CreateService", {}),
    "AWS::ECS::TaskDefinition": ("ecs", "RegisterTaskDefinition", {}),
    "AWS::ECS::Cluster": ("ecs", "CreateCluster", {"ClusterSettings": "settings"}),
    "AWS::ECS::CapacityProvider": ("ecs", "CreateCapacityProvider", {}),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        "elbv2",
        "CreateLoadBalancer",
        {"LoadBalancerAttributes": None},
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        "elbv2",
        "CreateTargetGroup",
        {"TargetGroupAttributes": None},
    ),
    "AWS::ElasticLoadBalancingV2::Listener": ("elbv2", "CreateListener", {}),
    "AWS::ElasticLoadBalancingV2::ListenerRule": ("elbv2", "CreateRule", {}),
    "AWS::RDS::DBInstance": (
        "rds",
        "CreateDBInstance",
        {
            "VPCSecurityGroups": "VpcSecurityGroupIds",
            "EnableCloudwatchLogsExports": "EnableCloudwatchLogsExports",
        },
    ),
    "AWS::ElastiCache::ReplicationGroup": ("elasticache", "CreateReplicationGroup", {}),
    "AWS::ElastiCache::User": ("elasticache", "CreateUser", {}),
    "AWS::AutoScaling::AutoScalingGroup": (
        "autoscaling",
        "CreateAutoScalingGroup",
        {"VPCZoneIdentifier": None, "MixedInstancesPolicy.LaunchTemplate.Overrides": "Overrides"},
    ),
    "AWS::IAM::Role": ("iam", "CreateRole", {}),
    "AWS::IAM::RolePolicy": ("iam", "PutRolePolicy", {}),
    "AWS::IAM::ManagedPolicy": ("iam", "CreatePolicy", {"ManagedPolicyName": "PolicyName"}),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "PutMetricAlarm", {}),
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        "application-autoscaling",
        "RegisterScalableTarget",
        {},
    ),
    "AWS::CodeBuild::Project": ("codebuild", "CreateProject", {}),
    "AWS::Scheduler::Schedule": ("scheduler", "CreateSchedule", {}),
}


def complaints(kind: str, properties: Mapping[str, Any]) -> list[str]:
    """Return what the API's model has against a resource; also attributes it does not know."""
    service, operation, names = CALLS[kind]
    shape = _model(service).operation_model(operation).input_shape
    rules = Rules(names)
    request = _as_sent(convert(properties, ApiShape(shape), rules), shape)
    report = ParamValidator().validate(request, shape)
    found = [report.generate_report()] if report.has_errors() else []
    return [*found, *_beyond(request, shape, operation), *(f"unknown: {n}" for n in rules.unknown)]


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _as_sent(value: Any, shape: Any) -> Any:
    """Return values in the type that goes over the wire: documents and numbers may be text."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {k: _as_sent(v, shape.members[k]) for k, v in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_as_sent(item, shape.member) for item in value]
    if shape.type_name == "string" and not isinstance(value, str):
        return json.dumps(value) if isinstance(value, dict) else str(value)
    if shape.type_name in ("integer", "long") and isinstance(value, str):
        return int(value)
    if shape.type_name == "boolean" and isinstance(value, str):
        return value == "true"
    return value


def _beyond(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Yield values outside their enumeration or pattern, which botocore leaves to the server."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from _beyond(inner, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            yield from _beyond(item, shape.member, path)
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value!r} is none of {', '.join(shape.enum)}"
        pattern = _compiled(shape.metadata.get("pattern", ""))
        if not pattern.search(value):
            yield f"{path}: {value!r} is not like {pattern.pattern}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return the model's pattern; a few are Java's alone, and anything passes those."""
    try:
        return re.compile(pattern)
    except re.error:
        return re.compile("")
