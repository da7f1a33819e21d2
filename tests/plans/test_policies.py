"""What IAM policies allow, as parliament reads them, and whom they trust."""

from __future__ import annotations

import json
from typing import Any

from tests.plans.conftest import Root
from tests.support.policies import findings


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
            actions = (
                [statement["Action"]]
                if isinstance(statement["Action"], str)
                else statement["Action"]
            )
            assert not any(action.endswith("*") for action in actions), address


def test_only_services_of_this_account_assume_roles(root: Root) -> None:
    """Each trust names one AWS service, and this account where the service can say it."""
    for resource in root.resources:
        if resource.type == "aws_iam_role":
            for statement in _statements(resource.values["assume_role_policy"]):
                assert set(statement["Principal"]) == {"Service"}, resource.address


def _statements(document: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(document)["Statement"]
    return statements
