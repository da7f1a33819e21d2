"""What IAM policies allow, as parliament reads them, and whom they trust."""

from __future__ import annotations

import json
from typing import Any

from tests.plans.conftest import Root
from tests.support.policies import findings

ACCOUNT = "123456789012"
# What IAM lets nobody narrow to a resource, or (the interfaces) AWS asks for as it stands.
WITHOUT_RESOURCE = {
    "ecr:GetAuthorizationToken",
    "logs:DescribeLogGroups",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}


def _documents(root: Root) -> list[tuple[str, str]]:
    return [
        (resource.address, resource.values["policy"])
        for resource in root.resources
        if resource.type in ("aws_iam_policy", "aws_iam_role_policy")
    ]


def test_parliament_finds_nothing(root: Root) -> None:
    """No unknown action, no resource that an action does not take, no malformed document."""
    documents = _documents(root)
    assert len(documents) >= 8
    assert findings(documents) == []


def test_no_policy_allows_everything(root: Root) -> None:
    """No statement allows all actions of a service, or a change of any resource whatever."""
    for address, document in _documents(root):
        for statement in _statements(document):
            actions = _listed(statement["Action"])
            assert not any(action.endswith("*") for action in actions), address
            if "*" in _listed(statement["Resource"]):
                assert set(actions) <= WITHOUT_RESOURCE, address


def test_only_services_of_this_account_assume_roles(root: Root) -> None:
    """Each trust names one AWS service, and this account where the service can say it."""
    for resource in root.resources:
        if resource.type == "aws_iam_role":
            for statement in _statements(resource.values["assume_role_policy"]):
                assert set(statement["Principal"]) == {"Service"}, resource.address
                if statement["Principal"]["Service"] != "ec2.amazonaws.com":  # it names none
                    account = statement["Condition"]["StringEquals"]["aws:SourceAccount"]
                    assert account == ACCOUNT, resource.address


def test_parliament_finds_nothing_in_the_pipelines_roles(bootstrap: Root) -> None:
    """What builds and deploys may do is written in actions and resources that exist."""
    documents = _documents(bootstrap)
    assert len(documents) >= 11
    assert findings(documents) == []


def test_no_policy_of_the_pipeline_is_longer_than_iam_takes(bootstrap: Root) -> None:
    """A managed policy has 6144 characters at most, white space not counted."""
    lengths = {
        name: len(json.dumps(json.loads(document), separators=(",", ":")))
        for name, document in _documents(bootstrap)
        if name.startswith("aws_iam_policy.")
    }
    assert {name: length for name, length in lengths.items() if length > 6144} == {}


def test_a_pipeline_role_is_one_environments(bootstrap: Root) -> None:
    """Only a job in its environment of this repository assumes it, by a token meant for AWS."""
    subjects = []
    for resource in bootstrap.resources:
        if resource.type == "aws_iam_role":
            (statement,) = _statements(resource.values["assume_role_policy"])
            conditions = statement["Condition"]["StringEquals"]
            issuer = "token.actions.githubusercontent.com"
            assert conditions[f"{issuer}:aud"] == "sts.amazonaws.com"
            subjects.append(conditions[f"{issuer}:sub"])
    environments = ["build", "production", "production-plan", "staging", "staging-plan"]
    assert sorted(subjects) == [f"repo:OWNER/trunkline:environment:{e}" for e in environments]


def test_the_pipeline_cannot_raise_itself(bootstrap: Root) -> None:
    """It changes roles of its environment alone, makes none without boundary, hands each to AWS."""
    policies = {n: _statements(d) for n, d in _documents(bootstrap)}
    for environment in ("staging", "prod"):
        for statement in policies[f'aws_iam_policy.deploy["run-{environment}"]']:
            actions = _listed(statement["Action"])
            if any(action.startswith("iam:") for action in actions):
                named = _listed(statement["Resource"])
                assert all(f"/trunkline-{environment}-" in resource for resource in named)
            if {"iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PassRole"} & set(actions):
                assert set(statement["Condition"]) & {"ArnEquals", "StringEquals"}
        boundary = policies[f'aws_iam_policy.boundary["{environment}"]']
        for statement in boundary:
            if "iam:" in str(statement["Action"]):  # a schedule hands a task its own roles
                assert _listed(statement["Action"]) == ["iam:PassRole"]
                named = _listed(statement["Resource"])
                assert all(f"/trunkline-{environment}-" in resource for resource in named)
                handed = statement["Condition"]["StringEquals"]["iam:PassedToService"]
                assert handed == "ecs-tasks.amazonaws.com"


def test_the_laboratory_writes_heads_and_nothing_else(root: Root) -> None:
    """The operator writes the catalog's heads, a training writes nothing, MLflow its artefacts."""
    policies = {name: _statements(document) for name, document in _documents(root)}
    mine = {n: s for n, s in policies.items() if n.startswith("module.laboratory[0]")}
    written = {
        (name.partition("aws_iam_role_policy.")[2], resource.rpartition(":")[2])
        for name, statements in mine.items()
        for statement in statements
        if any("s3:Put" in action for action in _listed(statement["Action"]))
        for resource in _listed(statement["Resource"])
    }
    assert {name for name, _ in written} <= {'task["sync"]', 'task["mlflow"]'}
    assert all(resource.endswith(("/heads/*", "/artifacts/*")) for _, resource in written)


def test_another_account_starts_tasks_and_no_more(bootstrap: Root) -> None:
    """The accounts named pull, by the roles that start tasks; nothing else."""
    policies = [r for r in bootstrap.resources if r.type == "aws_ecr_repository_policy"]
    assert len(policies) == 6
    for policy in policies:
        (statement,) = _statements(policy.values["policy"])
        assert _listed(statement["Principal"]["AWS"]) == ["arn:aws:iam::210987654321:root"]
        assert {a.removeprefix("ecr:") for a in _listed(statement["Action"])} == {
            "BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer",
        }  # fmt: skip
        roles = _listed(statement["Condition"]["ArnLike"]["aws:PrincipalArn"])
        assert roles == ["arn:aws:iam::210987654321:role/trunkline-*-execution"]


def test_a_gateway_enters_its_own_database_alone(root: Root) -> None:
    """As its own user there; what opens all of it is read by the migration's start alone.

    MLflow's start reads what opens a database of its own.
    """
    if not root.plan["variables"].get("prediction_log", {}).get("value"):
        return
    policies = {r.address: r.values["policy"] for r in root.resources if "policy" in r.values}
    entering = [name for name, document in policies.items() if "rds-db:connect" in str(document)]
    assert entering == ['module.gateway.aws_iam_role_policy.task["enter-database"]']
    (statement,) = _statements(policies[entering[0]])
    assert statement["Resource"].endswith("/trunkline_prod")
    reading = {name for name, document in policies.items() if "rds!" in str(document)}
    assert reading - {'module.laboratory[0].aws_iam_role_policy.execution["mlflow"]'} == {
        "module.migration[0].aws_iam_role_policy.execution"
    }


def test_every_role_of_an_environment_has_its_boundary(root: Root) -> None:
    """Where one is given, no role is without."""
    given = root.plan["variables"].get("permissions_boundary_arn", {}).get("value")
    for resource in root.resources:
        if resource.type == "aws_iam_role":
            assert resource.values.get("permissions_boundary") == given, resource.address


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _statements(document: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(document)["Statement"]
    return statements
