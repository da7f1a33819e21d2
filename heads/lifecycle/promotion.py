"""Takes the steps of a head's life: give a role, take one away, roll back; recorded first."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import structlog

from heads.errors import CatalogError, ConflictError, LifeError
from heads.lifecycle import aliases, audit
from heads.lifecycle.aliases import Aliases, Role
from heads.storage.catalog import Catalog

log = structlog.get_logger(__name__)

AUTOMATIC = "automatic rollback"
_TURNS = 10


def _now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)


@dataclass(frozen=True)
class Author:
    """Who takes a step, why, and by which clock."""

    by: str
    why: str = ""
    now: Callable[[], datetime.datetime] = _now


def promote(
    catalog: Catalog,
    name: str,
    version: str,
    role: Role,
    author: Author,
    *,
    share: float | None = None,
    gate: Mapping[str, Any] | None = None,
    generation: int | None = None,
) -> Aliases:
    """Give the version a role; `share` is a candidate's weight or a shadow's sample.

    `generation` is that of the aliases this was decided on. Raises ConflictError, nothing having
    changed, where they are others by now; AliasError for a version that does not exist.
    """
    old, tag = _read(catalog, name, generation)
    new = aliases.with_role(catalog, name, old, role, version, share)
    _step(catalog, name, f"promote to {role}", old, new, tag, author, gate)
    return new


def demote(
    catalog: Catalog, name: str, role: Role, author: Author, *, generation: int | None = None
) -> Aliases:
    """Take the candidate's or the shadow's role away; production can only be replaced.

    `generation` is as for `promote`. Raises LifeError for production and where no version has the
    role, ConflictError, nothing having changed, where somebody else changed the aliases first.
    """
    if role == "production":
        raise LifeError(
            f"{name}: production is replaced, never removed: `heads promote {name} VERSION` or "
            f"`heads rollback {name}`"
        )
    old, tag = _read(catalog, name, generation)
    if old.version(role) is None:
        raise LifeError(f"{name} has no {role}")
    new = aliases.with_role(catalog, name, old, role, None)
    _step(catalog, name, f"withdraw {role}", old, new, tag, author)
    return new


def demote_candidate(catalog: Catalog, name: str, version: str, why: str) -> bool:
    """Take a version's role as candidate away; return False where it no longer has it.

    Any number of processes may call this at once: one of them takes the step. Raises
    ConflictError, the candidate still being one, where other changes kept coming first.
    """
    for _ in range(_TURNS):
        old, tag = aliases.read(catalog, name)
        if old.candidate != version:
            return False
        new = aliases.with_role(catalog, name, old, "candidate", None)
        try:
            _step(catalog, name, "withdraw candidate", old, new, tag, Author(AUTOMATIC, why))
        except ConflictError:
            continue
        return True
    raise ConflictError(f"{name}: others kept changing who has which role")


def rollback(
    catalog: Catalog, name: str, author: Author, *, generation: int | None = None
) -> Aliases:
    """Undo the last change of what answers: the candidate's start, or production's change.

    Shadows answer no caller and stay; `generation` is as for `promote`. Raises LifeError where
    nothing answered before, ConflictError, nothing having changed, where others came first.
    """
    old, tag = _read(catalog, name, generation)
    if not old.history:
        raise LifeError(f"{name}: nothing answered before this, there is nothing to go back to")
    new = aliases.rolled_back(old)
    _step(catalog, name, "rollback", old, new, tag, author)
    return new


def _read(catalog: Catalog, name: str, generation: int | None) -> tuple[Aliases, str]:
    """Read the aliases; raise ConflictError where they are of another generation than given."""
    old, tag = aliases.read(catalog, name)
    if generation is not None and old.generation != generation:
        change = f"{name} changed while this was decided: generation {old.generation}"
        raise ConflictError(f"{change}, not {generation}; look again")
    return old, tag


def _step(
    catalog: Catalog,
    name: str,
    action: str,
    old: Aliases,
    new: Aliases,
    tag: str,
    author: Author,
    gate: Mapping[str, Any] | None = None,
) -> None:
    entry = audit.AuditEntry(
        name,
        action,
        author.by,
        author.why,
        new.generation,
        _roles_record(old),
        _roles_record(new),
        gate or {},
    )
    audit.record(catalog, entry, author.now())
    try:
        aliases.write(catalog, name, new, tag)
    except ConflictError:
        audit.record(catalog, replace(entry, outcome="forestalled", gate={}), author.now())
        raise
    except CatalogError:
        with suppress(CatalogError):  # the first trouble is the one to tell
            audit.record(catalog, replace(entry, outcome="failed", gate={}), author.now())
        raise
    log.info("head_roles_changed", head=name, action=action, generation=new.generation)


def _roles_record(roles: Aliases) -> dict[str, Any]:
    """List the roles as the audit keeps them."""
    return {
        "production": roles.production,
        "candidate": roles.candidate,
        "candidate_weight": roles.candidate_weight,
        "shadow": roles.shadow,
        "shadow_sample": roles.shadow_sample,
    }
