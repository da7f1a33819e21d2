"""Keeps a catalog's roles and the aliases of MLflow's registered models the same."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from heads.bundle.writing import publish_to
from heads.errors import BundleError, BundleExistsError, ConflictError, GateError, LifeError
from heads.lifecycle import aliases, audit
from heads.lifecycle.aliases import ROLES, Role
from heads.lifecycle.promotion import Author, demote, promote
from heads.storage.catalog import Catalog
from heads.training.errors import TrackingError, TrainingError
from heads.training.model_registry import ModelRegistry

BY = "mlflow"

Gate = Callable[[Catalog, str, str, Role], Mapping[str, Any]]
"""Head, version and role -> the gate's record for the audit. Raises GateError with its reasons."""

Move = Literal["none", "follow", "mirror"]


@dataclass(frozen=True)
class Outcome:
    """What became of one alias; `mirrored`: it was put where the catalog is."""

    head: str
    role: Role
    result: Literal["live", "refused", "forestalled", "mirrored"]
    detail: str


def move_of(mlflow: str, catalog: str, agreed: str | None) -> Move:
    """Tell which side is to change, by the digests of both and of what they last agreed on.

    Where both moved, or nothing is known of the past and both name a version, the catalog decides.
    """
    if mlflow == catalog:
        return "none"
    if agreed is None:
        return "mirror" if catalog else "follow"
    return "follow" if catalog == agreed else "mirror"


class Follower:
    """Follows one MLflow with one catalog; `once` looks at every alias of every head.

    `gate` is asked before a version gets a role. What the gate or the catalog refuses leaves the
    catalog as it is; the alias is put back, and its model version says why.
    """

    def __init__(self, registry: ModelRegistry, catalog: Catalog, gate: Gate) -> None:
        self._registry = registry
        self._catalog = catalog
        self._gate = gate

    def once(self) -> Iterator[Outcome]:
        """Yield what changed. Raises TrackingError where MLflow is away: nothing has changed."""
        for name in self._registry.names():
            named = self._registry.aliases(name)
            agreed = self._registry.agreed(name)
            for role in ROLES:
                version = named.get(role)
                yield from self._settle(name, role, version, agreed.get(role))

    def _settle(
        self, name: str, role: Role, version: str | None, agreed: str | None
    ) -> Iterator[Outcome]:
        wanted = self._registry.digest_of(name, version) if version else ""
        roles, digest = self._held(name, role)
        move = move_of(wanted, digest, agreed)
        if move == "none":
            if agreed != digest:
                self._registry.agree(name, role, digest)
            return
        if move == "mirror":
            outcome = self._put_back(name, role, version, wanted, agreed, digest)
        else:
            outcome = self._follow(name, role, version, roles.generation)
        _, now = self._held(name, role)
        self._registry.point(name, role, now)
        self._registry.agree(name, role, now)
        if version and outcome.result != "mirrored":
            self._registry.explain(name, version, f"{role}: {outcome.result} {outcome.detail}")
        yield outcome

    def _put_back(
        self, name: str, role: Role, version: str | None, wanted: str, agreed: str | None, held: str
    ) -> Outcome:
        """Let the catalog's change stand; one that MLflow made meanwhile is in the audit, too."""
        if wanted and wanted != agreed and agreed is not None:
            self._record_forestalled(name, role, version)
            return Outcome(name, role, "forestalled", "the catalog changed first")
        return Outcome(name, role, "mirrored", held or "no version")

    def _follow(self, name: str, role: Role, version: str | None, generation: int) -> Outcome:
        author = Author(BY, _why(name, role, version))
        try:
            if version is None:
                demote(self._catalog, name, role, author, generation=generation)
                return Outcome(name, role, "live", "no version")
            own = self._publish(name, version)
            record = self._gate(self._catalog, name, own, role)
            promote(self._catalog, name, own, role, author, gate=record, generation=generation)
            return Outcome(name, role, "live", f"{name}/{own}")
        except ConflictError:
            if not any(entry.why == author.why for entry in audit.entries(self._catalog, name)):
                self._record_forestalled(name, role, version)
            return Outcome(name, role, "forestalled", "the catalog changed first")
        except TrackingError:
            raise  # nothing has changed; the next look tries again
        except (BundleError, BundleExistsError, GateError, LifeError, TrainingError) as error:
            return Outcome(name, role, "refused", str(error))

    def _publish(self, name: str, version: str) -> str:
        """Copy a model version's bundle into the catalog; return its own version."""
        with tempfile.TemporaryDirectory(prefix="heads-sync-") as scratch:
            bundle = self._registry.fetch(name, version, Path(scratch))
            publish_to(self._catalog, bundle)
            return bundle.manifest.version

    def _held(self, name: str, role: Role) -> tuple[aliases.Aliases, str]:
        """Return the catalog's roles, and the digest of what has this one; "" for no version."""
        roles = aliases.read(self._catalog, name)[0]
        version = roles.version(role)
        return roles, aliases.content(self._catalog, name, version) if version else ""

    def _record_forestalled(self, name: str, role: Role, version: str | None) -> None:
        roles = aliases.read(self._catalog, name)[0]
        held: dict[str, Any] = {each: roles.version(each) for each in ROLES}
        entry = audit.AuditEntry(
            name, f"promote to {role}", BY, _why(name, role, version), roles.generation, held, held,
            outcome="forestalled",
        )  # fmt: skip
        audit.record(self._catalog, entry, datetime.datetime.now(tz=datetime.UTC))


def _why(name: str, role: Role, version: str | None) -> str:
    moved = f"moved to version {version}" if version else "was removed"
    return f"alias {role} of the registered model {name} {moved}"
