"""Holds the immutable set of heads that one request is answered with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from heads.inference.head import Head
from heads.inference.stack import Stack
from heads.lifecycle.aliases import ROLES, Role
from heads.lifecycle.switches import Switches
from heads.prediction import HeadInfo, HeadSet

MAX_CHOICES = 64
"""Answers of `positions` that are kept; callers ask for few different choices of heads."""


Ref = tuple[str, str]
"""A head's name and the version it is pinned to ("" = production)."""
Refs = tuple[Ref, ...]


@dataclass(frozen=True)
class RoleState:
    """A head in one role: what serves (None if nothing does) and why a version was refused.

    `share` of requests is the candidate's weight, the shadow's sample, and 1 for production.
    """

    name: str
    head: Head | None
    refused_version: str = ""
    error: str = ""
    share: float = 1.0

    def info(self) -> HeadInfo:
        """Return this role's head as `/v1/heads` lists it; status "failed" where none serves."""
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
    """One head of the catalog in every role that a version has."""

    production: RoleState | None = None
    candidate: RoleState | None = None
    shadow: RoleState | None = None

    def state(self, role: Role) -> RoleState | None:
        """Return the role's state, None where no version has the role."""
        state: RoleState | None = getattr(self, role)
        return state

    def bound(self, heads: Mapping[Ref, Head]) -> Roles:
        """Return the same roles with these heads in place of their equals."""
        return Roles(*(_bound(self.state(role), heads) for role in ROLES))

    def taken(self) -> Iterator[tuple[Role, RoleState]]:
        """Yield every role that a version has, production first."""
        for role in ROLES:
            state = self.state(role)
            if state is not None:
                yield role, state


def _bound(state: RoleState | None, heads: Mapping[Ref, Head]) -> RoleState | None:
    if state is None or state.head is None:
        return state
    return replace(state, head=heads[state.head.name, state.head.version])


class Snapshot:
    """Heads with their roles at one moment, stacked; positions index `stack`.

    Production's heads come first in the stack, so that asking only them computes no others.
    """

    def __init__(self, roles: Mapping[str, Roles], switches: Switches | None = None) -> None:
        self.switches = switches or Switches()
        self.roles: Mapping[str, Roles] = dict(sorted(roles.items()))
        heads = {
            (head.name, head.version): head
            for role in ROLES
            for state in self._states(role).values()
            if (head := state.head) is not None
        }
        self.stack = Stack(tuple(heads.values()))
        stacked = {(head.name, head.version): head for head in self.stack.heads}
        self.roles = MappingProxyType(
            {name: head_roles.bound(stacked) for name, head_roles in self.roles.items()}
        )
        self.production = MappingProxyType(self._states("production"))
        self._positions = {
            (head.name, head.version): index for index, head in enumerate(self.stack.heads)
        }
        for name, state in self.production.items():
            if state.head is not None:
                self._positions[name, ""] = self._positions[name, state.head.version]
        self.head_set = HeadSet(
            _generation(self.roles, self.switches),
            *(
                MappingProxyType({n: self._info(s) for n, s in self._states(role).items()})
                for role in ROLES
            ),
            disabled_rules=self.switches.rules,
        )
        self._choices: dict[tuple[Refs, str], tuple[int, ...] | None] = {}

    def _states(self, role: Role) -> dict[str, RoleState]:
        states = {name: roles.state(role) for name, roles in self.roles.items()}
        return {name: state for name, state in states.items() if state is not None}

    def _info(self, state: RoleState) -> HeadInfo:
        """Describe a head in a role; one that is switched off is disabled in all of them."""
        info = state.info()
        return replace(info, status="disabled") if info.name in self.switches.heads else info

    @property
    def refused(self) -> Mapping[str, str]:
        """Map head names to why their wanted version is not served; other roles' reasons after."""
        by_head = {
            name: [
                state.error if role == "production" else f"{role}: {state.error}"
                for role, state in roles.taken()
                if state.error
            ]
            for name, roles in self.roles.items()
        }
        return {name: "; ".join(reasons) for name, reasons in by_head.items() if reasons}

    def for_logs(self) -> dict[str, object]:
        """Return what a log line shows of it."""
        shown = self.head_set
        return {
            "generation": shown.generation,
            "serving": {name: info.version for name, info in shown.heads.items()},
            "candidates": {name: info.version for name, info in shown.candidates.items()},
            "shadows": {name: info.version for name, info in shown.shadows.items()},
            "refused": sorted(self.refused),
            "switched_off": sorted(self.switches.off),
        }

    def position(self, name: str, version: str) -> int | None:
        """Return the place in `stack` of this version ("" = production's), None if not served."""
        return self._positions.get((name, version))

    def positions(self, refs: Refs, fingerprint: str) -> tuple[int, ...] | None:
        """Return where distinct refs stand, if all are served here and made for this encoder."""
        key = (refs, fingerprint)
        if key not in self._choices:
            if len(self._choices) >= MAX_CHOICES:
                self._choices = {}
            self._choices[key] = self._find(refs, fingerprint)
        return self._choices.get(key)

    def _find(self, refs: Refs, fingerprint: str) -> tuple[int, ...] | None:
        positions = [self.position(*ref) for ref in refs]
        known = tuple(position for position in positions if position is not None)
        prints = {self.stack.heads[position].manifest.fingerprint for position in known}
        complete = len(set(known)) == len(refs) and prints <= {fingerprint}
        return known if complete else None


def _generation(roles: Mapping[str, Roles], switches: Switches) -> int:
    """Hash what serves, what was refused and what is off: equal content, equal 63 bits."""
    digest = hashlib.blake2b(digest_size=8)
    for name, head_roles in roles.items():
        for role, state in head_roles.taken():
            served = state.head.digest if state.head else ""
            fields = (name, role, served, state.refused_version, repr(state.share))
            digest.update(("\0".join(fields) + "\n").encode())
    for target in sorted(switches.off):
        digest.update(f"off\0{target}\n".encode())
    return int.from_bytes(digest.digest(), "big") >> 1 or 1
