"""Copies what is in production from any catalog into a folder: to try on it what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from heads.bundle import reading
from heads.bundle.writing import publish_to
from heads.lifecycle import aliases, switches
from heads.storage.catalog import Catalog
from heads.storage.folder import FolderCatalog
from heads.training.gate import costs

_MAX_BYTES = 1 << 20


def production(catalog: Catalog) -> Mapping[str, str]:
    """Return the version in production of each head that has one, by name."""
    names = sorted({key.split("/")[0] for key in catalog.stamps(f"*/{aliases.FILE}")})
    versions = {name: aliases.read(catalog, name)[0].production for name in names}
    return {name: version for name, version in versions.items() if version is not None}


def copy_production(source: Catalog, target: Path) -> Mapping[str, str]:
    """Copy each head's version in production, its prices, and the switches; return the versions.

    Nothing else is copied: no other version, no history. Raises HeadsError.
    """
    target.mkdir(parents=True)
    copy, versions = FolderCatalog(target), production(source)
    for name, version in versions.items():
        publish_to(copy, reading.read(source, name, version))
        roles = aliases.with_role(copy, name, aliases.Aliases(), "production", version)
        aliases.write(copy, name, roles, "")
    for key in (switches.FILE, *(f"{name}/{costs.FILE}" for name in versions)):
        if (blob := source.read(key, _MAX_BYTES)) is not None:
            copy.write(key, blob.content, "")
    return versions
