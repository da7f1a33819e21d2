"""Turns a planned resource into what AWS is asked for, guided by AWS's own description of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

EMPTY: tuple[Any, ...] = (None, "", [], {})


class Shape(Protocol):
    """What may stand in one place: an object's members, or the items of a list."""

    @property
    def members(self) -> Mapping[str, Shape] | None:
        """Members by name; None for what is no object of fixed members."""

    @property
    def items(self) -> Shape | None:
        """The items of a list; None for what is no list."""


@dataclass(frozen=True)
class Rules:
    """How names differ: Terraform's dotted path to AWS's name; None is Terraform's own affair."""

    names: Mapping[str, str | None]
    unknown: list[str] = field(default_factory=list)

    def member(self, path: str, members: Mapping[str, Shape]) -> str | None:
        """Return the name of the member that an attribute becomes; note a name that has none."""
        if path in self.names:
            return self.names[path]
        wanted = _plain(path.rpartition(".")[2])
        for name in members:
            if _plain(name) in (wanted, wanted + "s", wanted.removesuffix("s"), wanted + "list"):
                return name
        self.unknown.append(path)
        return None


def convert(value: Any, shape: Shape | None, rules: Rules, path: str = "") -> Any:
    """Return `value` in the shape; a block that AWS knows once loses its list."""
    if shape is None:
        return value
    if shape.members is not None:
        if isinstance(value, list):
            value = value[0]
        return dict(_members(value, shape.members, rules, path)) if value is not None else {}
    if shape.items is not None and isinstance(value, list):
        return [convert(item, shape.items, rules, path) for item in value]
    return value


def _members(
    value: Mapping[str, Any], members: Mapping[str, Shape], rules: Rules, path: str
) -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if inner in EMPTY:
            continue
        below = f"{path}.{name}" if path else name
        member = rules.member(below, members)
        if member is not None:
            converted = convert(inner, members.get(member), rules, below)
            if converted not in EMPTY:
                yield member, converted


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
