"""Loads a head in every role its aliases give; what fails leaves the old one, with the reason."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from heads.bundle.loading import load_head
from heads.errors import AliasError, BundleError, CatalogError
from heads.inference.head import Head
from heads.lifecycle import aliases
from heads.lifecycle.aliases import ROLES, Aliases, Role
from heads.registry.snapshot import Roles, RoleState
from heads.storage.catalog import Catalog

log = structlog.get_logger(__name__)

RefusedStamps = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""Refused version -> its files' stamps."""


class Loader:
    """Reads one catalog; keeps no state."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def stamps(self, name: str, version: str) -> tuple[tuple[str, str], ...]:
        """Return the stamps of every file of a version, in order."""
        return tuple(sorted(self._catalog.stamps(f"{name}/{version}/*").items()))

    def roles(
        self, name: str, old: Roles | None, loaded: Mapping[str, Head]
    ) -> tuple[Roles | None, RefusedStamps]:
        """Load the head as its aliases now want it; return it and the stamps of what was refused.

        `loaded` are the heads in memory by digest: what is there is not read again, so that
        promoting a candidate and rolling back wait for no file. Stamps are taken before the files
        are read: a later change cannot be missed. Raises CatalogError where the catalog as a
        whole cannot be reached: that is no fault of a head.
        """
        try:
            wanted = aliases.read(self._catalog, name)[0]
        except AliasError as error:
            return self._unchanged(name, old, str(error)), ()
        before = {
            version: self.stamps(name, version)
            for version in (wanted.version(role) for role in ROLES)
            if version is not None
        }
        roles = Roles(*(self._state(name, role, wanted, old, loaded) for role in ROLES))
        refused = {state.refused_version for _, state in roles.taken() if state.error}
        stamps = tuple((version, before[version]) for version in sorted(refused))
        return (roles if any(roles.taken()) else None), stamps

    def has_versions(self, name: str) -> bool:
        """Whether the head's folder holds any version."""
        return bool(self._catalog.stamps(f"{name}/*/head.toml"))

    def vanished(self, name: str, old: Roles) -> Roles:
        """Keep the roles of a head whose aliases file is gone while its versions are there."""
        return self._unchanged(name, old, f"{aliases.FILE} is gone, what served is kept")

    def _unchanged(self, name: str, old: Roles | None, reason: str) -> Roles:
        log.error("head_refused", head=name, version="", error=reason)
        kept = old or Roles()
        head = kept.production.head if kept.production else None
        state = RoleState(name, head, "", reason)
        return Roles(state, kept.candidate, kept.shadow)

    def _state(
        self,
        name: str,
        role: Role,
        wanted: Aliases,
        old: Roles | None,
        loaded: Mapping[str, Head],
    ) -> RoleState | None:
        version, share = wanted.version(role), wanted.share(role)
        if version is None:
            return None
        old_state = old.state(role) if old is not None else None
        try:
            head = self._loaded(name, version, wanted.digests.get(version, ""), loaded)
            return RoleState(name, head, share=share)
        except BundleError as error:
            reason = str(error)
        except CatalogError:
            raise
        except Exception as error:
            log.exception("head_load_broke", head=name, version=version)
            reason = f"{type(error).__name__}: {error}"
        log.error("head_refused", head=name, role=role, version=version, error=reason)
        old_head = old_state.head if old_state is not None else None
        return RoleState(name, old_head, version, f"version {version}: {reason}", share)

    def _loaded(self, name: str, version: str, promoted: str, loaded: Mapping[str, Head]) -> Head:
        """Return the version's head: the one in memory if the content is the same."""
        if promoted in loaded:
            return loaded[promoted]
        head = load_head(self._catalog, name, version)
        if promoted not in ("", head.digest):
            problem = f"head.toml: digest is {head.digest}, {promoted} was given the role"
            raise BundleError(f"{self._catalog}/{name}/{version}", [problem])
        return loaded.get(head.digest, head)
