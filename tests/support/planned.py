"""A Terraform root planned and applied to made-up ids, as `terraform show -json` tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """A managed resource: what was written of it, with references filled in."""

    address: str
    type: str
    values: Json


def resources(plan: Mapping[str, Any], state: Mapping[str, Any]) -> Iterator[Resource]:
    """Yield every managed resource with the attributes that the configuration gives it."""
    written = dict(_written(plan["configuration"]["root_module"], ""))
    known = {change["address"]: change["change"]["after"] for change in plan["resource_changes"]}
    for resource in _all(state["values"]["root_module"]):
        if resource["mode"] == "managed":
            address = _unindexed(resource["address"])
            values = {
                name: _written_only(value, known[resource["address"]].get(name))
                for name, value in resource["values"].items()
                if name in written[address] or _is_block(value)  # dynamic blocks are not told of
            }
            yield Resource(resource["address"], resource["type"], values)


def _all(module: Mapping[str, Any]) -> Iterator[Json]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _all(child)


def _written(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, set[str]]]:
    for resource in module.get("resources", []):
        yield f"{prefix}{resource['address']}", set(resource.get("expressions", {}))
    for name, call in module.get("module_calls", {}).items():
        yield from _written(call["module"], f"{prefix}module.{name}.")


def _written_only(applied: Any, planned: Any) -> Any:
    """Return what was planned, references filled in, without what the stand-in made up."""
    if isinstance(applied, dict):
        within = planned if isinstance(planned, dict) else {}
        kept = {k: _written_only(v, within.get(k)) for k, v in applied.items()}
        return {k: v for k, v in kept.items() if v is not None}
    if isinstance(applied, list):
        items = planned if isinstance(planned, list) else []
        return [
            _written_only(v, items[n] if n < len(items) else None) for n, v in enumerate(applied)
        ]
    if isinstance(applied, str):
        if planned is None and applied.startswith("stub-"):
            return None
        return re.sub(r"^group-(?=[0-9a-f]{17}$)", "sg-", applied)
    return applied if planned is not None else None


def _is_block(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _unindexed(address: str) -> str:
    return re.sub(r"\[[^]]*\]", "", address)
