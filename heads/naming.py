"""Finds the bundle that an argument of a command names: a folder, NAME/VERSION or NAME."""

from __future__ import annotations

import os
from pathlib import Path

from heads.bundle import reading
from heads.bundle.reading import BundleFiles
from heads.errors import LifeError
from heads.lifecycle import aliases
from heads.storage.catalog import Catalog


def versions(catalog: Catalog, name: str) -> tuple[str, ...]:
    """Return the head's versions, in their order: numbers by size, before words."""
    found = {key.split("/")[1] for key in catalog.stamps(f"{name}/*/head.toml")}
    return tuple(sorted(found, key=_order))


def require_version(catalog: Catalog, name: str, version: str) -> None:
    """Raise LifeError naming the versions or heads that there are, for one that is not there."""
    known = versions(catalog, name)
    if version in known:
        return
    if known:
        raise LifeError(f"{name} has no version {version}; it has {', '.join(known)}")
    heads = sorted({key.split("/")[0] for key in catalog.stamps("*/*/head.toml")})
    raise LifeError(f"no head {name} in {catalog}; it has {', '.join(heads) or 'none'}")


def split(catalog: Catalog, given: str) -> tuple[str, str]:
    """Return name and version of `NAME/VERSION`, or of `NAME`: production's, else the newest.

    Raises LifeError for what the catalog does not hold.
    """
    name, _, version = given.strip("/").partition("/")
    if not version:
        known = versions(catalog, name)
        version = aliases.read(catalog, name)[0].production or (known[-1] if known else "")
    require_version(catalog, name, version)
    return name, version


def bundle_of(catalog: Catalog, given: str) -> BundleFiles:
    """Read the bundle, whole. Raises BundleError, or LifeError where there is none."""
    path = Path(os.path.abspath(given))
    if path.is_dir() and (path / "head.toml").exists():
        return reading.read_folder(path)
    return reading.read(catalog, *split(catalog, given))


def _order(version: str) -> tuple[int, int, str]:
    return (0, int(version), "") if version.isdecimal() else (1, 0, version)
