"""Planned resources as CloudFormation properties, for cfn-lint, which carries AWS's schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from tests.support.aws_shapes import Rules, convert

REGION = "eu-central-1"
# Every resource: what only Terraform knows, and tags, which CloudFormation wants as a list.
_OWN: dict[str, str | None] = dict.fromkeys(
    ["id", "arn", "tags", "tags_all", "region", "timeouts", "name_prefix", "unique_id"]
)


@dataclass(frozen=True)
class CfnShape:
    """A part of a CloudFormation resource schema."""

    part: Mapping[str, Any]
    root: Mapping[str, Any]

    @property
    def members(self) -> Mapping[str, CfnShape] | None:
        """Members by name."""
        part = self._resolved()
        if "properties" not in part:
            return None
        return {name: CfnShape(inner, self.root) for name, inner in part["properties"].items()}

    @property
    def items(self) -> CfnShape | None:
        """The items of a list."""
        part = self._resolved()
        return CfnShape(part["items"], self.root) if "items" in part else None

    def _resolved(self) -> Mapping[str, Any]:
        part = self.part
        while "$ref" in part:
            part = self.root["definitions"][part["$ref"].rpartition("/")[2]]
        return part


def schema_of(kind: str) -> CfnShape:
    """Return the schema of a CloudFormation resource type."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    return CfnShape(schema, schema)


def to_cloudformation(
    kind: str, values: Mapping[str, Any], names: Mapping[str, str | None]
) -> tuple[dict[str, Any], list[str]]:
    """Return the properties, and the attributes that nothing in the schema answers to."""
    rules = Rules({**_OWN, **names})
    return convert(values, schema_of(kind), rules), rules.unknown


def parsed(text: str | None) -> Any:
    """Return JSON that Terraform keeps as text."""
    return json.loads(text) if text else None
