"""Every planned resource that AWS describes by a schema is one that AWS would take."""

from __future__ import annotations

import copy
import json
from typing import Any

from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]

from tests.plans.conftest import Root
from tests.support.aws_api import CALLS, complaints
from tests.support.cfn import REGION, to_cloudformation
from tests.support.cfn_kinds import KINDS

# cfn-lint knows full versions alone; RDS takes the major one, and the latest minor with it.
EXCUSED = {"W3691"}
PREFIXES = ("aws_ecs_", "aws_lb", "aws_db_", "aws_elasticache_", "aws_autoscaling_", "aws_iam_")
# No resource of their own in CloudFormation: an attribute of the role there.
WITHIN_OTHERS = {"aws_iam_role_policy_attachment"}


def _properties(root: Root) -> dict[str, tuple[str, dict[str, Any]]]:
    properties = {}
    for resource in root.resources:
        kind = KINDS.get(resource.type)
        if kind is None:
            assert resource.type in WITHIN_OTHERS or not resource.type.startswith(PREFIXES)
            continue
        values = kind.reshape(copy.deepcopy(resource.values))
        made, unknown = to_cloudformation(kind.type, values, kind.names)
        assert unknown == [], resource.address
        properties[resource.address] = (kind.type, made)
    return properties


def _against_cloudformation(root: Root) -> list[tuple[str, str | None, str]]:
    properties = _properties(root)
    names = {f"R{number}": address for number, address in enumerate(properties)}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            name: {"Type": properties[address][0], "Properties": properties[address][1]}
            for name, address in names.items()
        },
    }
    matches = lint(json.dumps(template), config=ManualArgs(regions=[REGION]))
    return [
        (match.rule.id, names.get(str(match.path[1])), match.message[:200])
        for match in matches
        if match.rule.id[0] in "EW" and match.rule.id not in EXCUSED
    ]


def _against_the_api(root: Root) -> list[str]:
    asked = [(kind, made) for kind, made in _properties(root).values() if kind in CALLS]
    return [complaint for kind, made in asked for complaint in complaints(kind, made)]


def test_cloudformation_would_take_every_resource(root: Root) -> None:
    """cfn-lint, which carries AWS's schemas, has nothing against any of them."""
    assert len(_properties(root)) >= 40
    assert _against_cloudformation(root) == []


def test_the_api_would_take_every_resource(root: Root) -> None:
    """Types, ranges, patterns and enumerations of botocore's model hold for each request."""
    assert len([kind for kind, _ in _properties(root).values() if kind in CALLS]) >= 30
    assert _against_the_api(root) == []


def test_aws_would_take_what_bootstrap_makes(bootstrap: Root) -> None:
    """The pipeline's roles and policies too."""
    assert len(_properties(bootstrap)) >= 15
    assert _against_cloudformation(bootstrap) == []
    assert _against_the_api(bootstrap) == []
