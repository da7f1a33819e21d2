"""Tells which encoder versions need, so that no change of roles asks for another one unseen."""

from __future__ import annotations

from heads.bundle.reading import read_manifest
from heads.errors import BundleError
from heads.lifecycle.aliases import Aliases
from heads.storage.catalog import Catalog


def change_of_encoder(catalog: Catalog, name: str, old: Aliases, new: Aliases) -> str | None:
    """Describe in a sentence which other encoder the new versions need; None where they do not.

    A version whose manifest cannot be read is passed over: serving refuses it with its own reason.
    """
    before, after = _fingerprints(catalog, name, old), _fingerprints(catalog, name, new)
    others = {v: needed for v, needed in after.items() if needed not in before.values()}
    if not before or not others:
        return None
    needs = ", ".join(f"version {version} needs encoder {its}" for version, its in others.items())
    left = ", ".join(f"{version} has {its}" for version, its in before.items())
    return (
        f"another encoder: {name} {needs} ({left}); it answers only where an embedder serves that "
        "one (GATEWAY_EMBEDDERS)"
    )


def _fingerprints(catalog: Catalog, name: str, roles: Aliases) -> dict[str, str]:
    """Return by version the fingerprint that it needs, of those that answer callers."""
    needed = {}
    for version in (roles.production, roles.candidate):
        if version is None:
            continue
        try:
            needed[version] = read_manifest(catalog, name, version).manifest.fingerprint
        except BundleError:
            continue
    return needed
