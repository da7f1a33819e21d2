"""The immutable set of heads that one request is answered with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from heads.aliases import ROLES, Role
from heads.head import Head
from heads.prediction import HeadInfo, HeadSet
from heads.stack import Stack

MAX_CHOICES = 64
"""Answers of `positions` that are kept; callers ask for few different choices of heads."""


Ref = tuple[str, str]
"""A head's name and the version it is pinned to ("" = production)."""
Refs = tuple[Ref, ...]


@dataclass(frozen=True)
class Entry:
    """A head in one role: what serves (None if nothing does) and why a version was refused.

    `share` of requests is the candidate's weight, the shadow's sample, and 1 for production.
    """

    name: str
    head: Head | None
    refused_version: str = ""
    error: str = ""
    share: float = 1.0

    def info(self) -> HeadInfo:
        """As callers see it."""
        if self.head is not None:
            return self.head.info(self.error, self.share)
        return HeadInfo(
            self.name,
            self.refused_version,
            "",
            (),
            (),
            False,
            None,
            None,
            "",
            "failed",
            self.error,
            "",
            self.share,
        )


@dataclass(frozen=True)
class Roles:
    """One head of the catalog in every role that somebody has."""

    production: Entry | None = None
    candidate: Entry | None = None
    shadow: Entry | None = None

    def entry(self, role: Role) -> Entry | None:
        """Who has the role."""
        found: Entry | None = getattr(self, role)
        return found

    def bound(self, heads: Mapping[Ref, Head]) -> Roles:
        """The same with these heads in place of their equals."""
        return Roles(*(_bound(self.entry(role), heads) for role in ROLES))

    def held(self) -> Iterator[tuple[Role, Entry]]:
        """Every role that somebody has, production first."""
        for role in ROLES:
            entry = self.entry(role)
            if entry is not None:
                yield role, entry


def _bound(entry: Entry | None, heads: Mapping[Ref, Head]) -> Entry | None:
    if entry is None or entry.head is None:
        return entry
    return replace(entry, head=heads[entry.head.name, entry.head.version])


class Snapshot:
    """Heads with their roles at one moment, stacked; positions index `stack`.

    Production's heads come first in the stack, so that asking only them computes no others.
    """

    def __init__(self, roles: Mapping[str, Roles]) -> None:
        self.roles: Mapping[str, Roles] = dict(sorted(roles.items()))
        heads = {
            (head.name, head.version): head
            for role in ROLES
            for entry in self._entries(role).values()
            if (head := entry.head) is not None
        }
        self.stack = Stack(tuple(heads.values()))
        stacked = {(head.name, head.version): head for head in self.stack.heads}
        self.roles = MappingProxyType(
            {name: one.bound(stacked) for name, one in self.roles.items()}
        )
        self.entries = MappingProxyType(self._entries("production"))
        self._positions = {
            (head.name, head.version): place for place, head in enumerate(self.stack.heads)
        }
        for name, entry in self.entries.items():
            if entry.head is not None:
                self._positions[name, ""] = self._positions[name, entry.head.version]
        self.head_set = HeadSet(
            _generation(self.roles),
            *(
                MappingProxyType({n: entry.info() for n, entry in self._entries(role).items()})
                for role in ROLES
            ),
        )
        self._choices: dict[tuple[Refs, str], tuple[int, ...] | None] = {}

    def _entries(self, role: Role) -> dict[str, Entry]:
        found = {name: roles.entry(role) for name, roles in self.roles.items()}
        return {name: entry for name, entry in found.items() if entry is not None}

    @property
    def refused(self) -> Mapping[str, str]:
        """Head name -> why its wanted version is not served; other roles' reasons after it."""
        said = {
            name: [
                entry.error if role == "production" else f"{role}: {entry.error}"
                for role, entry in roles.held()
                if entry.error
            ]
            for name, roles in self.roles.items()
        }
        return {name: "; ".join(reasons) for name, reasons in said.items() if reasons}

    def position(self, name: str, version: str) -> int | None:
        """Where the head stands in `stack`, if served in this version ("" = production's)."""
        return self._positions.get((name, version))

    def positions(self, refs: Refs, fingerprint: str) -> tuple[int, ...] | None:
        """Where distinct refs stand, if all are served here and made for this encoder."""
        key = (refs, fingerprint)
        if key not in self._choices:
            if len(self._choices) >= MAX_CHOICES:
                self._choices = {}
            self._choices[key] = self._find(refs, fingerprint)
        return self._choices.get(key)

    def _find(self, refs: Refs, fingerprint: str) -> tuple[int, ...] | None:
        found = [self.position(*ref) for ref in refs]
        known = tuple(place for place in found if place is not None)
        prints = {self.stack.heads[place].manifest.fingerprint for place in known}
        whole = len(set(known)) == len(refs) and prints <= {fingerprint}
        return known if whole else None


def _generation(roles: Mapping[str, Roles]) -> int:
    """63 bits over what serves and what was refused: equal content, equal number."""
    digest = hashlib.blake2b(digest_size=8)
    for name, one in roles.items():
        for role, entry in one.held():
            served = entry.head.digest if entry.head else ""
            said = (name, role, served, entry.refused_version, repr(entry.share))
            digest.update(("\0".join(said) + "\n").encode())
    return int.from_bytes(digest.digest(), "big") >> 1 or 1
