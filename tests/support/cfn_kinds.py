"""Which Terraform resources CloudFormation's schemas are held against, and their names there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.cfn import parsed

Values = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A CloudFormation type: how its names differ (None: Terraform's own), and what to reshape."""

    type: str
    names: Mapping[str, str | None] = field(default_factory=dict)
    reshape: Callable[[Values], Values] = dict


def _documents(*attributes: str) -> Callable[[Values], Values]:
    """Return a reshaping that reads attributes which hold JSON as text."""
    return lambda values: {
        **values,
        **{name: parsed(values[name]) for name in attributes if values.get(name)},
    }


def _in_a_list(attribute: str) -> Callable[[Values], Values]:
    return lambda values: {**values, attribute: [values[attribute]]}


def _listed(values: Values, target: str, names: Mapping[str, str]) -> Values:
    """Move attributes into one list of keys and values, as load balancers have them."""
    attributes = [
        {
            "key": key,
            "value": str(values[name]).lower()
            if isinstance(values[name], bool)
            else str(values[name]),
        }
        for name, key in names.items()
        if values.get(name) is not None
    ]
    return {**{k: v for k, v in values.items() if k not in names}, target: attributes}


def _load_balancer(values: Values) -> Values:
    (logs,) = values.pop("access_logs")
    values |= {"log_bucket": logs["bucket"], "log_enabled": logs["enabled"]}
    return _listed(
        values,
        "load_balancer_attributes",
        {
            "idle_timeout": "idle_timeout.timeout_seconds",
            "drop_invalid_header_fields": "routing.http.drop_invalid_header_fields.enabled",
            "enable_deletion_protection": "deletion_protection.enabled",
            "log_bucket": "access_logs.s3.bucket",
            "log_enabled": "access_logs.s3.enabled",
        },
    ) | {"scheme": "internal" if values["internal"] else "internet-facing"}


def _target_group(values: Values) -> Values:
    (check,) = values.pop("health_check")
    values |= {
        "HealthCheckPath": check["path"],
        "Matcher": {"HttpCode": check["matcher"]},
        "HealthCheckIntervalSeconds": check["interval"],
        "HealthCheckTimeoutSeconds": check["timeout"],
        "HealthyThresholdCount": check["healthy_threshold"],
        "UnhealthyThresholdCount": check["unhealthy_threshold"],
    }
    delay = {"deregistration_delay": "deregistration_delay.timeout_seconds"}
    return _listed(values, "target_group_attributes", delay)


def _actions(attribute: str) -> Callable[[Values], Values]:
    def reshape(values: Values) -> Values:
        kinds = {
            "fixed_response": "FixedResponseConfig",
            "forward": "ForwardConfig",
            "path_pattern": "PathPatternConfig",
        }
        for name in (attribute, "condition"):
            for block in values.get(name) or []:
                for theirs, ours in kinds.items():
                    if block.get(theirs):
                        block[ours] = block.pop(theirs)
                if block.get("path_pattern") is None and "PathPatternConfig" in block:
                    block["Field"] = "path-pattern"
        return values

    return reshape


def _parameters(values: Values) -> Values:
    values["parameters"] = {p["name"]: p["value"] for p in values.pop("parameter")}
    return values


def _described(then: Callable[[Values], Values] = dict) -> Callable[[Values], Values]:
    """Return a reshaping that adds the description which Terraform gives by itself."""
    return lambda values: then({"description": "Managed by Terraform", **values})


def _service(values: Values) -> Values:
    deployment = (values.pop("deployment_configuration", None) or [{}])[0]
    values["deployment_configuration"] = {
        **deployment,
        "MaximumPercent": values.pop("deployment_maximum_percent"),
        "MinimumHealthyPercent": values.pop("deployment_minimum_healthy_percent"),
        "Alarms": values.pop("alarms"),
        "DeploymentCircuitBreaker": values.pop("deployment_circuit_breaker"),
    }
    (network,) = values.pop("network_configuration")
    public = "ENABLED" if network.pop("assign_public_ip") else "DISABLED"
    values["network_configuration"] = {"AwsvpcConfiguration": {**network, "AssignPublicIp": public}}
    for service in values["service_connect_configuration"][0].get("service") or []:
        service["ClientAliases"] = service.pop("client_alias")
    bake = values["deployment_configuration"].get("bake_time_in_minutes")
    if bake is not None:
        values["deployment_configuration"]["bake_time_in_minutes"] = int(bake)
    for canary in values["deployment_configuration"].get("canary_configuration") or []:
        canary["canary_bake_time_in_minutes"] = int(canary["canary_bake_time_in_minutes"])
    return values


def _listener(values: Values) -> Values:
    certificates = [{"CertificateArn": values["certificate_arn"]}]
    return {**_actions("default_action")(values), "Certificates": certificates}


def _group(values: Values) -> Values:
    for policy in values.get("mixed_instances_policy") or []:
        for template in policy["launch_template"]:
            for specification in template["launch_template_specification"]:
                specification.pop("launch_template_name", None)
    return values


def _project(values: Values) -> Values:
    for logs in values["logs_config"]:
        for cloudwatch in logs["cloudwatch_logs"]:
            cloudwatch.setdefault("status", "ENABLED")
    return values


def _launch_template(values: Values) -> Values:
    own = ("name", "update_default_version", "tag_specifications")
    data = {k: v for k, v in values.items() if k not in own}
    data["security_group_ids"] = data.pop("vpc_security_group_ids")
    return {"launch_template_name": values["name"], "launch_template_data": data}


def _alarm(values: Values) -> Values:
    for query in values["metric_query"]:
        for metric in query.pop("metric") or []:
            query["metric_stat"] = {
                "Metric": {
                    "Namespace": metric["namespace"],
                    "MetricName": metric["metric_name"],
                    "Dimensions": [
                        {"Name": k, "Value": v} for k, v in metric["dimensions"].items()
                    ],
                },
                "Period": metric["period"],
                "Stat": metric["stat"],
            }
    return values


def _backup_plan(values: Values) -> Values:
    rules = [
        {
            "RuleName": rule["rule_name"],
            "TargetBackupVault": rule["target_vault_name"],
            "ScheduleExpression": rule["schedule"],
            "StartWindowMinutes": rule["start_window"],
            "CompletionWindowMinutes": rule["completion_window"],
            "Lifecycle": {"DeleteAfterDays": rule["lifecycle"][0]["delete_after"]},
        }
        for rule in values["rule"]
    ]
    return {"backup_plan": {"BackupPlanName": values["name"], "BackupPlanRule": rules}}


def _backup_selection(values: Values) -> Values:
    selection = {
        "SelectionName": values["name"],
        "IamRoleArn": values["iam_role_arn"],
        "Resources": values["resources"],
    }
    return {"backup_plan_id": values["plan_id"], "backup_selection": selection}


def _anomaly_subscription(values: Values) -> Values:
    (expression,) = values.pop("threshold_expression")
    (dimension,) = expression["dimension"]
    names = {"key": "Key", "match_options": "MatchOptions", "values": "Values"}
    dimensions = {names[name]: value for name, value in dimension.items()}
    for subscriber in values["subscriber"]:  # the stand-in makes up topics that AWS would not
        subscriber["address"] = subscriber["address"].replace(":topic/", ":")
    return {**values, "threshold_expression": json.dumps({"Dimensions": dimensions})}


_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
KINDS: dict[str, Kind] = {
    "aws_ecs_service": Kind(
        "AWS::ECS::Service",
        {
            "wait_for_steady_state": None,
            "force_new_deployment": None,
            "name": "ServiceName",
        },
        _service,
    ),
    "aws_ecs_task_definition": Kind(
        "AWS::ECS::TaskDefinition",
        {
            "skip_destroy": None,
            "volume.configure_at_launch": None,
        },
        _documents("container_definitions"),
    ),
    "aws_ecs_cluster": Kind(
        "AWS::ECS::Cluster", {"name": "ClusterName", "setting": "ClusterSettings"}
    ),
    "aws_ecs_capacity_provider": Kind("AWS::ECS::CapacityProvider"),
    "aws_ecs_cluster_capacity_providers": Kind(
        "AWS::ECS::ClusterCapacityProviderAssociations", {"cluster_name": "Cluster"}
    ),
    "aws_lb": Kind(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {"internal": None, "load_balancer_type": "Type"},
        _load_balancer,
    ),
    "aws_lb_target_group": Kind("AWS::ElasticLoadBalancingV2::TargetGroup", {}, _target_group),
    "aws_lb_listener": Kind(_LISTENER, {"certificate_arn": None}, _listener),
    "aws_lb_listener_rule": Kind(
        f"{_LISTENER}Rule",
        {
            "action.forward.stickiness": None,
            "action.ForwardConfig.target_group.arn": "TargetGroupArn",
            "action.ForwardConfig.stickiness": None,
        },
        _actions("action"),
    ),
    "aws_db_instance": Kind(
        "AWS::RDS::DBInstance",
        {
            "identifier": "DBInstanceIdentifier",
            "instance_class": "DBInstanceClass",
            "username": "MasterUsername",
            "final_snapshot_identifier": None,
            "skip_final_snapshot": None,
            "master_user_secret": None,
            "listener_endpoint": None,
            "vpc_security_group_ids": "VPCSecurityGroups",
            "parameter_group_name": "DBParameterGroupName",
            "iam_database_authentication_enabled": "EnableIAMDatabaseAuthentication",
            "enabled_cloudwatch_logs_exports": "EnableCloudwatchLogsExports",
            "ca_cert_identifier": "CACertificateIdentifier",
            "performance_insights_enabled": "EnablePerformanceInsights",
        },
    ),
    "aws_db_parameter_group": Kind(
        "AWS::RDS::DBParameterGroup", {"name": "DBParameterGroupName"}, _described(_parameters)
    ),
    "aws_db_subnet_group": Kind(
        "AWS::RDS::DBSubnetGroup",
        {"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"},
        _described(),
    ),
    "aws_elasticache_replication_group": Kind(
        "AWS::ElastiCache::ReplicationGroup",
        {
            "description": "ReplicationGroupDescription",
            "node_type": "CacheNodeType",
            "parameter_group_name": "CacheParameterGroupName",
            "subnet_group_name": "CacheSubnetGroupName",
        },
    ),
    "aws_elasticache_user": Kind(
        "AWS::ElastiCache::User", {"authentication_mode.password_count": None}
    ),
    "aws_elasticache_user_group": Kind("AWS::ElastiCache::UserGroup"),
    "aws_elasticache_parameter_group": Kind(
        "AWS::ElastiCache::ParameterGroup",
        {
            "name": "CacheParameterGroupName",
            "family": "CacheParameterGroupFamily",
            "parameters": "Properties",
        },
        _described(_parameters),
    ),
    "aws_elasticache_subnet_group": Kind(
        "AWS::ElastiCache::SubnetGroup", {"name": "CacheSubnetGroupName"}, _described()
    ),
    "aws_autoscaling_group": Kind(
        "AWS::AutoScaling::AutoScalingGroup",
        {
            "force_delete": None,
            "instance_refresh": None,
            "name": "AutoScalingGroupName",
            "protect_from_scale_in": "NewInstancesProtectedFromScaleIn",
        },
        _group,
    ),
    "aws_launch_template": Kind("AWS::EC2::LaunchTemplate", {}, _launch_template),
    "aws_iam_role": Kind(
        "AWS::IAM::Role",
        {"name": "RoleName", "assume_role_policy": "AssumeRolePolicyDocument"},
        _documents("assume_role_policy"),
    ),
    "aws_iam_role_policy": Kind(
        "AWS::IAM::RolePolicy",
        {"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
        _documents("policy"),
    ),
    "aws_iam_policy": Kind(
        "AWS::IAM::ManagedPolicy",
        {"name": "ManagedPolicyName", "policy": "PolicyDocument"},
        _documents("policy"),
    ),
    "aws_iam_openid_connect_provider": Kind("AWS::IAM::OIDCProvider"),
    "aws_iam_instance_profile": Kind(
        "AWS::IAM::InstanceProfile",
        {"name": "InstanceProfileName", "role": "Roles"},
        _in_a_list("role"),
    ),
    "aws_cloudwatch_metric_alarm": Kind(
        "AWS::CloudWatch::Alarm", {"metric_query": "Metrics"}, _alarm
    ),
    "aws_appautoscaling_target": Kind("AWS::ApplicationAutoScaling::ScalableTarget"),
    "aws_appautoscaling_policy": Kind(
        "AWS::ApplicationAutoScaling::ScalingPolicy", {"name": "PolicyName"}
    ),
    "aws_codebuild_project": Kind(
        "AWS::CodeBuild::Project", {"build_timeout": "TimeoutInMinutes"}, _project
    ),
    "aws_backup_vault": Kind(
        "AWS::Backup::BackupVault", {"name": "BackupVaultName", "force_destroy": None}
    ),
    "aws_backup_plan": Kind("AWS::Backup::BackupPlan", {}, _backup_plan),
    "aws_backup_selection": Kind("AWS::Backup::BackupSelection", {}, _backup_selection),
    "aws_ce_anomaly_monitor": Kind("AWS::CE::AnomalyMonitor", {"name": "MonitorName"}),
    "aws_ce_anomaly_subscription": Kind(
        "AWS::CE::AnomalySubscription", {"name": "SubscriptionName"}, _anomaly_subscription
    ),
    "aws_secretsmanager_secret": Kind(
        "AWS::SecretsManager::Secret", {"recovery_window_in_days": None}
    ),
}
